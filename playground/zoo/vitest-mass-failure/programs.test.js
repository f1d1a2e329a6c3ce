import { expect, test } from 'vitest'

for (const id of [1, 2, 3, 4, 5, 6, 7, 8]) {
  test(`programs ${id}`, async () => {
    const answer = await fetch(`http://127.0.0.1:41762/programs/${id}`)
    expect(answer.status).toBe(200)
  })
}
