import { expect, test, vi } from 'vitest'
import { call, useApp } from './app.ts'

useApp()

test('a link ends after its time', async () => {
  await call('POST', '/api/links', { target: 'https://example.com/', code: 'flash', ttl: 200 })
  await vi.waitFor(
    async () => {
      expect((await call('GET', '/flash')).status).toBe(404)
    },
    { timeout: 20_000 },
  )
})

test('its code is free again', async () => {
  const again = await call('POST', '/api/links', { target: 'https://example.org/', code: 'flash' })
  expect(again.status).toBe(201)
})

test('others stay', async () => {
  expect((await call('GET', '/flash')).status).toBe(302)
})
