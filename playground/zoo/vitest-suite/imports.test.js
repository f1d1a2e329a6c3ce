import { expect, test } from 'vitest'

for (let at = 0; at < 4; at += 1) {
  test(`imports ${at}`, async () => {
    await new Promise((settle) => setTimeout(settle, 350))
    expect(at).toBeLessThan(4)
  })
}
