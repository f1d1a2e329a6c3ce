import { expect, test } from 'vitest'
import { hintForPage } from './hint.ts'

const machine = {
  parts: ['network', 'files'],
  tcp: [
    ['127.0.0.1', 3000],
    ['::', 4000],
  ],
  unix: [],
} as const

test.each([
  ['page.goto: net::ERR_CONNECTION_REFUSED at http://localhost:3000/\nCall log:', '127.0.0.1:3000'],
  ['page.goto: net::ERR_CONNECTION_REFUSED at http://[::1]:4000/a', '[::1]:4000'],
  [
    'page.goto: NS_ERROR_CONNECTION_REFUSED\nCall log:\n  - navigating to "http://127.0.0.1:4000/", waiting',
    '127.0.0.1:4000',
  ],
  ['page.goto: net::ERR_CONNECTION_REFUSED at http://localhost:3001/', undefined],
  ['page.goto: net::ERR_ABORTED at http://localhost:3000/', undefined],
])('a page that a browser could not open: %s', (text, service) => {
  expect(hintForPage(text, machine)).toBe(
    service &&
      `isolane sandbox: ${service} is a service of this machine; --forward ${service} (sandbox.network.forward) lets it through`,
  )
})

test.each([
  'page.goto: net::ERR_INTERNET_DISCONNECTED at https://example.com/',
  'page.goto: net::ERR_NAME_NOT_RESOLVED at https://example.com/a/b',
])('a page of the outside: %s', (text) => {
  expect(hintForPage(text, machine)).toBe(
    "isolane sandbox: example.com is outside of the sandbox's own network; --parts files (sandbox.network: 'host') lets it through",
  )
})
