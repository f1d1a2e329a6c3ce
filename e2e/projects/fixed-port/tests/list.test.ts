import { expect, test } from 'vitest'
import { call, useApp } from './app.ts'

useApp()

test('has no links at first', async () => {
  expect(await (await call('GET', '/api/links')).json()).toEqual([])
})

test('lists the links of their owner', async () => {
  await call('POST', '/api/links', { target: 'https://example.com/a', code: 'aaa' })
  await call('POST', '/api/links', { target: 'https://example.com/b', code: 'bbb' }, 'token-grace')
  const links = (await (await call('GET', '/api/links')).json()) as { code: string }[]
  expect(links.map(({ code }) => code)).toEqual(['aaa'])
})
