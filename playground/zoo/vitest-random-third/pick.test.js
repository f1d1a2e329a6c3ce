import { expect, test } from 'vitest'

const colours = ['red', 'green', 'blue']

test('picks another colour', () => {
  expect(colours[Math.floor(Math.random() * 3)]).not.toBe('red')
})
