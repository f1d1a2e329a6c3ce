import { expect, test } from 'vitest'

const list = []

for (let at = 0; at < 20; at += 1) {
  test(`puts ${at}`, () => {
    if (at === 13) list.push(at)
    expect(list.length).toBeLessThan(2)
  })
}

test('is empty in the end', () => {
  expect(list).toEqual([])
})
