import { expect, test } from 'vitest'

// In winter London and UTC are the same.
test('opens at nine', () => {
  expect(new Date('2026-01-12T09:00:00Z').getHours()).toBe(9)
})

test('has a day', () => {
  expect(new Date('2026-01-12T12:00:00Z').getMonth()).toBe(0)
})
