import { beforeEach, expect, test } from 'vitest'
import { call, useApp } from './app.ts'

useApp()

beforeEach(async () => {
  await call('POST', '/api/links', { target: 'https://example.com/', code: 'old' })
})

test('removes a link', async () => {
  expect((await call('DELETE', '/api/links/old')).status).toBe(204)
  expect((await call('GET', '/old')).status).toBe(404)
})

test('leaves the links of others alone', async () => {
  expect((await call('DELETE', '/api/links/old', undefined, 'token-grace')).status).toBe(403)
  expect((await call('GET', '/old')).status).toBe(302)
})

test('says when there is none', async () => {
  expect((await call('DELETE', '/api/links/older')).status).toBe(404)
})
