import { expect, test } from 'vitest'
import { redact } from './secrets.ts'

test('replaces every occurrence of every secret, as plain text', () => {
  expect(redact('a p.ss* b p.ss* c token-1', ['p.ss*', 'token-1'])).toBe(
    'a [redacted] b [redacted] c [redacted]',
  )
})

test('leaves words alone that a short secret would hit', () => {
  expect(redact('a cat', ['a', ''])).toBe('a cat')
})
