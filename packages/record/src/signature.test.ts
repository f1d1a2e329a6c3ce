import { describe, expect, test } from 'vitest'
import { errorSignature, normalizeMessage, signatureFrame, toRecordError } from './signature.ts'

describe('a message without what changes', () => {
  test.each([
    ['expected 17 to be 3.5', 'expected <n> to be <n>'],
    [
      'listen EADDRINUSE: address already in use 127.0.0.1:3162',
      'listen EADDRINUSE: address already in use <n>',
    ],
    ['no such file /tmp/isolane-8sK2/db.sqlite', 'no such file <path>'],
    ['GET http://127.0.0.1:4100/x?y=1 failed', 'GET <url> failed'],
    ['user 6f1c2c3e-1111-4222-8333-444455556666 is gone', 'user <uuid> is gone'],
    ['commit 9fceb02a1b is 0xdeadbeef', 'commit <hex> is <hex>'],
    [`role "admin" lacks 'program' and \`x\``, 'role <text> lacks <text> and <text>'],
    ['\u001B[31mred\u001B[39m  text', 'red text'],
    ['first line\nsecond\n\nsecond paragraph', 'first line second'],
  ])('%s', (message, normal) => {
    expect(normalizeMessage(message)).toBe(normal)
  })
})

const plain = (message: string): object => ({
  name: 'Error',
  message,
  signature: `Error: ${normalizeMessage(message)}`,
})
const stack = (line: number): string => `Error: bad ${line}
    at helper (/srv/app/node_modules/lib/x.js:1:2)
    at file:///usr/lib/run.js:10:20
    at check (/srv/app/src/deep/check.ts:${line}:11)
    at /srv/app/a.test.ts:3:4`

describe('signature', () => {
  test('names the first frame of the project, and not the column', () => {
    const signature = errorSignature(
      { name: 'Error', message: 'bad 12', stack: stack(12) },
      '/srv/app',
    )
    expect(signature).toBe('Error: bad <n> @ src/deep/check.ts:12')
    expect(signatureFrame(signature)).toBe('src/deep/check.ts:12')
  })

  test('tells places apart and does without one', () => {
    const root = '/srv/app'
    const one = errorSignature({ message: 'bad 1', stack: stack(1) }, root)
    expect(errorSignature({ message: 'bad 2', stack: stack(1) }, root)).toBe(one)
    expect(errorSignature({ message: 'bad 1', stack: stack(2) }, root)).not.toBe(one)
    expect(errorSignature({ message: 'bad' }, root)).toBe('Error: bad')
    expect(signatureFrame('Error: bad')).toBeUndefined()
  })

  test('whatever a test throws becomes an error', () => {
    const thrown = [
      { message: ['email must be an email'], statusCode: 400 },
      { name: { first: 'A' }, message: 'refused', stack: 7 },
      null,
      undefined,
      'a text',
      {},
    ]
    expect(thrown.map((one) => toRecordError(one, '/'))).toEqual([
      plain("[ 'email must be an email' ]"),
      plain('refused'),
      plain('null'),
      plain('undefined'),
      plain('a text'),
      plain(''),
    ])
  })

  test('an error that carries its name in its message loses it there', () => {
    expect(toRecordError({ message: '\u001B[1mTypeError: x is undefined\u001B[0m' }, '/')).toEqual({
      name: 'TypeError',
      message: 'x is undefined',
      signature: 'TypeError: x is undefined',
    })
  })
})
