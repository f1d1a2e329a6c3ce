import { expect, test } from 'vitest'
import { call, useApp } from './app.ts'

useApp()

test('leads to the target', async () => {
  await call('POST', '/api/links', { target: 'https://example.com/news', code: 'news' })
  const response = await call('GET', '/news')
  expect(response.status).toBe(302)
  expect(response.headers.get('location')).toBe('https://example.com/news')
})

test('knows nothing of other codes', async () => {
  const response = await call('GET', '/home')
  expect(response.status).toBe(404)
})
