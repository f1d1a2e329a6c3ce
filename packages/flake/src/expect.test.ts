import { expect, test } from 'vitest'
import { differences } from './expect.ts'
import type { Finding } from './report/schema.ts'

const none = { runs: 0, failures: 0 }

function finding(file: string, titlePath: string[], verdict: Finding['verdict']): Finding {
  return {
    test: { key: [file, ...titlePath].join(' > '), project: '', file, titlePath },
    verdict,
    cause: 'console',
    confidence: 0.9,
    arms: { parallel: none, alone: { runs: 3, failures: 3 }, file: none, serial: none },
    first: {},
    evidence: [],
    culprits: [],
    impact: 'low',
    nextSteps: [],
    reproduce: '',
  }
}

const found = [
  finding('e2e/a.spec.ts', ['admin', 'sees'], 'consistent'),
  finding('e2e/b.spec.ts', ['dashboard'], 'intermittent'),
]

test('met expectations leave no difference', () => {
  const expected = [
    { test: 'admin > sees', verdict: 'consistent' as const },
    {
      anyOf: ['dashboard', 'results'],
      verdict: 'intermittent' as const,
      cause: 'console' as const,
      atLeast: 1,
    },
  ]
  expect(differences({ expected }, found)).toEqual([])
  const byFile = [
    { test: 'a.spec.ts::admin > sees', verdict: 'consistent' as const },
    { test: 'e2e/b.spec.ts::dashboard', verdict: 'intermittent' as const },
  ]
  expect(differences({ expected: byFile }, found)).toEqual([])
})

test('each kind of difference is a sentence', () => {
  const expected = [
    { test: 'admin > sees', verdict: 'setup' as const },
    { test: 'nobody', verdict: 'consistent' as const, cause: 'seed' as const },
    { anyOf: ['results', 'totals'], verdict: 'intermittent' as const, atLeast: 1 },
  ]
  expect(differences({ expected }, found)).toEqual([
    'e2e/a.spec.ts › admin › sees: expected setup, found consistent; 0 of 0 failed in parallel, 3 of 3 alone',
    'nobody: expected consistent (seed), but it did not fail',
    '0 of 2 tests are intermittent, expected at least 1: results, totals',
    'e2e/b.spec.ts › dashboard: intermittent (console), but no failure was expected',
  ])
})
