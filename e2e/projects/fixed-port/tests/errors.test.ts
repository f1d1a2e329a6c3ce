import { expect, test } from 'vitest'
import { base, call, useApp } from './app.ts'

useApp()

test.each([
  ['no URL', { target: 'example' }, 'target must be a URL'],
  ['no target', {}, 'target must be a URL'],
  ['a short code', { target: 'https://example.com/', code: 'a' }, 'code must be 3 to 20 letters'],
])('refuses %s', async (_, body, error) => {
  const response = await call('POST', '/api/links', body)
  expect(response.status).toBe(400)
  expect(await response.json()).toEqual({ error })
})

test('refuses a code that is taken', async () => {
  const link = { target: 'https://example.com/', code: 'same' }
  await call('POST', '/api/links', link)
  expect((await call('POST', '/api/links', link)).status).toBe(409)
})

test('refuses what is no JSON', async () => {
  const response = await fetch(`${base}/api/links`, {
    method: 'POST',
    headers: { authorization: 'Bearer token-ada' },
    body: '{',
  })
  expect(response.status).toBe(400)
})
