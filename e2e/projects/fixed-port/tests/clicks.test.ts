import { expect, test } from 'vitest'
import { call, useApp } from './app.ts'

useApp()

test('counts every click', async () => {
  await call('POST', '/api/links', { target: 'https://example.com/', code: 'promo' })
  for (let click = 1; click <= 25; click++) await call('GET', '/promo')
  const [link] = (await (await call('GET', '/api/links')).json()) as { clicks: number }[]
  expect(link?.clicks).toBe(25)
})
