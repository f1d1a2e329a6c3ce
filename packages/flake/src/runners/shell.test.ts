import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { escapePattern, shellLine } from './shell.ts'

const odd =
  'a (b) [c] {d} | ^$ \\ * + ? . \u0000 \u001B[31m \n \u202E \u200D \u2028 \u{E0041} \uD800 😀 é "q" \'s\' `x` $(y)'

test('a pattern matches its text and no other', () => {
  const pattern = new RegExp(`^${escapePattern(odd)}$`)
  expect(pattern.test(odd)).toBe(true)
  const characters = Array.from(odd)
  for (const [at, character] of characters.entries()) {
    expect(pattern.test(characters.with(at, 'Z').join('')), character).toBe(false)
  }
})

test('a pattern can be seen, copied and passed as an argument', () => {
  const pattern = escapePattern(odd)
  expect(pattern).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u)
  expect(pattern).toContain(String.raw`\u0000 \u001B\[31m \u000A \u202E`)
})

test.runIf(process.platform !== 'win32')('a shell reads the same words back', () => {
  const words = ['npx', 'vitest', `-t=${escapePattern(odd)}`, "it's", '', '$HOME', '`id`', 'a\nb']
  const script = `for word in ${shellLine(words)}; do printf '%s\\0' "$word"; done`
  expect(execFileSync('sh', ['-c', script], { encoding: 'utf8' }).split('\0')).toEqual([
    ...words,
    '',
  ])
})
