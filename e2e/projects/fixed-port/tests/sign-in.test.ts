import { expect, test } from 'vitest'
import { base, call, useApp } from './app.ts'

useApp()

test('the API wants a token', async () => {
  expect((await fetch(`${base}/api/links`)).status).toBe(401)
})

test('and a right one', async () => {
  expect((await call('GET', '/api/links', undefined, 'token-eve')).status).toBe(401)
})
