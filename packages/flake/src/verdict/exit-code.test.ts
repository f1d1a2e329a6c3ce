import { expect, test } from 'vitest'
import { exitCodeOf } from './exit-code.ts'
import type { Verdict } from './verdict.ts'

const decided = (...verdicts: Verdict[]): { verdict: Verdict; decided: boolean }[] =>
  verdicts.map((verdict) => ({ verdict, decided: true }))

test.each([
  [0, decided()],
  [1, decided('intermittent', 'consistent', 'infrastructure')],
  [1, decided('setup')],
  [4, decided('parallel-only', 'infrastructure')],
  [3, decided('parallel-only', 'not-reproduced')],
  [5, [...decided('parallel-only'), { verdict: 'intermittent' as const, decided: false }]],
  [5, [{ verdict: 'consistent' as const, decided: false }]],
])('%i', (exitCode, findings) => {
  expect(exitCodeOf(findings)).toBe(exitCode)
})

test('only the verdicts of the policy count', () => {
  const findings = decided('parallel-only', 'intermittent')
  expect(exitCodeOf(findings, new Set(['consistent', 'setup']))).toBe(0)
  expect(exitCodeOf(findings, new Set(['intermittent']))).toBe(3)
})
