import { expect, test } from 'vitest'
import { call, useApp } from './app.ts'

useApp()

test('twenty calls are allowed in a minute', async () => {
  const calls = await Promise.all(
    Array.from({ length: 30 }, async () => await call('GET', '/api/links')),
  )
  expect(calls.filter(({ status }) => status === 429)).toHaveLength(10)
})

test('others are not slowed down', async () => {
  expect((await call('GET', '/api/links', undefined, 'token-grace')).status).toBe(200)
})
