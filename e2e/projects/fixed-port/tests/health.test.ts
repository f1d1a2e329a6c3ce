import { expect, test } from 'vitest'
import { base, useApp } from './app.ts'

useApp()

test('is up', async () => {
  const response = await fetch(`${base}/health`)
  expect(await response.json()).toEqual({ status: 'up' })
})

test('stays up under a hundred calls at once', async () => {
  const responses = await Promise.all(
    Array.from({ length: 100 }, async () => await fetch(`${base}/health`)),
  )
  expect(responses.every(({ ok }) => ok)).toBe(true)
})
