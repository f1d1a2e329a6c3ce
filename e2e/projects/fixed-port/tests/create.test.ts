import { expect, test } from 'vitest'
import { call, useApp } from './app.ts'

useApp()

test('makes a link with a code of its own', async () => {
  const response = await call('POST', '/api/links', { target: 'https://example.com/' })
  expect(response.status).toBe(201)
  expect(await response.json()).toMatchObject({ code: '0001', owner: 'ada', clicks: 0 })
})

test('numbers links one after another', async () => {
  const response = await call('POST', '/api/links', { target: 'https://example.com/two' })
  expect(await response.json()).toMatchObject({ code: '0002' })
})

test('takes a code that was chosen', async () => {
  const response = await call('POST', '/api/links', {
    target: 'https://example.com/',
    code: 'home',
  })
  expect(await response.json()).toMatchObject({ code: 'home' })
})
