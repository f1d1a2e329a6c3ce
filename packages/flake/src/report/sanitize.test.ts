import { expect, test } from 'vitest'
import { redactor } from './redact.ts'
import { maxTextLength, sanitize } from './sanitize.ts'

const env = {
  API_TOKEN: 'tok-81723-abc',
  DB_PASSWORD: 'short',
  SSH_AUTH_SOCK: '/tmp/agent.1',
  HOME: '/root',
}

// Put together here, so that nobody who looks for secrets finds some in this file.
const made = (...parts: string[]): string => parts.join('')

test.each([
  ['a value of the environment', 'sent tok-81723-abc to it', 'sent [redacted] to it'],
  ['a header', 'Authorization: Bearer abcdef1234567890', 'Authorization: Bearer [redacted]'],
  ['a token', `token is ${made('ghp', '_', 'a1B2'.repeat(9))}.`, 'token is [redacted].'],
  ['a JWT', made('eyJ', 'hbGciOiJI', '.', 'eyJzdWIiOiIx', '.', 'c2lnbmF0dXJl'), '[redacted]'],
  ['a URL', 'postgres://app:hunter2@db:5432/shop', 'postgres://app:[redacted]@db:5432/shop'],
  ['an assignment', 'PASSWORD=hunter2 npm test', 'PASSWORD=[redacted] npm test'],
  ['JSON', '{"apiKey":"abc123","name":"x"}', '{"apiKey":"[redacted]","name":"x"}'],
  ['a cookie', 'Set-Cookie: sid=abc; Path=/\nnext', 'Set-Cookie: [redacted]\nnext'],
  [
    'a key',
    `${made('-----BEGIN RSA ', 'PRIVATE KEY-----')}\nMIIE\n${made('-----END RSA ', 'PRIVATE KEY-----')} end`,
    '-----BEGIN PRIVATE KEY----- [redacted] end',
  ],
])('%s is a secret', (_, text, clean) => {
  expect(redactor(env)(text)).toBe(clean)
})

test.each([
  'password: must be longer than 8 characters',
  'expected token to be defined',
  'a short value, in /tmp/agent.1',
  'http://localhost:3000/path?x=1',
  'user@example.test',
  'tests/token.test.ts > refreshes a token',
])('no secret: %s', (text) => {
  expect(redactor(env)(text)).toBe(text)
})

test('a document is cleaned all through, and equal texts stay equal', () => {
  const key = 'a.test.ts > \u001B[31mred\u001B[0m \u202Egnp \uD800 tok-81723-abc'
  const clean = sanitize({ key, list: [{ key, number: 1, none: null }], ['x\u0007']: true }, env)
  const plain = 'a.test.ts > red gnp \uFFFD [redacted]'
  expect(clean).toEqual({ key: plain, list: [{ key: plain, number: 1, none: null }], x: true })
})

test('keys of different tests stay different', () => {
  const keys = ['a.test.ts > takes token=bbbb', 'a.test.ts > takes token=aaaa', 'a.test.ts > other']
  const document = { keys: [...keys], culprit: keys[0] }
  expect(sanitize(document, env, keys)).toEqual({
    keys: [
      'a.test.ts > takes token=[redacted] #2',
      'a.test.ts > takes token=[redacted]',
      'a.test.ts > other',
    ],
    culprit: 'a.test.ts > takes token=[redacted] #2',
  })
})

test('long text is cut, without dividing a secret', () => {
  const text = `${'x'.repeat(maxTextLength - 5)}tok-81723-abc${'y'.repeat(3_000_000)}`
  const clean = sanitize(text, env)
  expect(clean.length).toBeLessThan(maxTextLength + 60)
  expect(clean).not.toContain('tok-')
  expect(clean).toMatch(/… \[\d+ more characters\]$/)
  expect(sanitize('line\r\nline\tend', env)).toBe('line\nline\tend')
})

test('text made to be slow to search is not', () => {
  const hard = ['a', 'token=', '://', 'eyJ', '-----BEGIN ', 'authorization: ', 'cookie']
  for (const one of hard) {
    expect(sanitize(one.repeat(60_000), env).length).toBeLessThan(2 * maxTextLength)
  }
})
