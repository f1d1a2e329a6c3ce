import { expect, test, vi } from 'vitest'

test('has timers', () => {
  expect(typeof setTimeout).toBe('function')
})

test('goes on at once', () => {
  vi.useFakeTimers()
  let called = false
  setTimeout(() => {
    called = true
  }, 1000)
  vi.advanceTimersByTime(1000)
  expect(called).toBe(true)
})

test('waits', async () => {
  await new Promise((settle) => setTimeout(settle, 10))
}, 300)
