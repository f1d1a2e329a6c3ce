import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { Finding } from '../report/schema.ts'
import { readQuarantine } from './file.ts'
import { entriesOf, expiredFails, stateOf } from './judge.ts'
import { propose, runsToTrust } from './propose.ts'
import type { QuarantineEntry } from './schema.ts'

const entry: QuarantineEntry = {
  test: 'a.test.ts > x',
  owner: '@team',
  reason: 'a race',
  issue: '#7',
  since: '2026-11-01',
  expires: '2026-11-21',
}

function directory(file?: unknown): string {
  const dir = mkdtempSync(join(tmpdir(), 'isolane-quarantine-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  const text = typeof file === 'string' ? file : JSON.stringify(file)
  if (file !== undefined) writeFileSync(join(dir, 'isolane.quarantine.json'), text)
  return dir
}

describe('the file', () => {
  test('is read when it is there; its cap is 20 unless it says otherwise', () => {
    expect(readQuarantine(directory())).toBeUndefined()
    const file = { format: 'isolane.quarantine/1', tests: [entry] }
    expect(readQuarantine(directory(file))).toEqual({
      ...file,
      cap: 20,
      path: 'isolane.quarantine.json',
    })
  })

  test.each([
    ['no JSON', '{', /isolane\.quarantine\.json: it is not JSON[^]*Hint: the form is/],
    ['another format', { format: 'x', tests: [] }, /format[^]*Hint: the form is/],
    [
      'no owner',
      { format: 'isolane.quarantine/1', tests: [{ ...entry, owner: undefined }] },
      /owner/,
    ],
    [
      'no date',
      { format: 'isolane.quarantine/1', tests: [{ ...entry, expires: 'soon' }] },
      /expires/,
    ],
    [
      'a misspelt field',
      { format: 'isolane.quarantine/1', tests: [{ ...entry, expiry: 'x' }] },
      /expiry/,
    ],
    [
      'a test twice',
      { format: 'isolane.quarantine/1', tests: [entry, entry] },
      /names a\.test\.ts > x twice/,
    ],
    [
      'more than its cap',
      { format: 'isolane.quarantine/1', cap: 1, tests: [entry, { ...entry, test: 'b' }] },
      /it has 2 entries, and its cap is 1[^]*Hint: .*raise "cap"/,
    ],
  ])('%s is refused', (_, file, message) => {
    const dir = directory(file)
    expect(() => readQuarantine(dir)).toThrow(message)
    expect(() => readQuarantine(dir)).toThrow(expect.objectContaining({ code: 'ISOLANE_OPTION' }))
  })

  test('one that is named must be there', () => {
    expect(() => readQuarantine(directory(), 'no.json')).toThrow(/no\.json: it cannot be read/)
  })
})

function finding(verdict: Finding['verdict'], more: Partial<Finding> = {}): Finding {
  const none = { runs: 0, failures: 0 }
  return {
    test: { key: entry.test, project: '', file: 'a.test.ts', titlePath: ['x'] },
    verdict,
    cause: 'unknown',
    confidence: 0.9,
    arms: { parallel: none, alone: none, file: none, serial: none },
    first: {},
    evidence: [],
    culprits: [],
    impact: 'low',
    nextSteps: [],
    reproduce: '',
    ...more,
  }
}

const wider: QuarantineEntry = { ...entry, verdicts: ['consistent'] }

describe('an entry', () => {
  test.each([
    ['parallel-only', entry, '2026-11-21', 'active'],
    ['parallel-only', entry, '2026-11-22', 'expired'],
    ['consistent', entry, '2026-11-21', 'not-covered'],
    ['infrastructure', entry, '2026-11-22', 'not-covered'],
    ['consistent', wider, '2026-11-21', 'active'],
  ] as const)('%s on its day: %#', (verdict, one, today, state) => {
    expect(stateOf(finding(verdict), [one], today)?.state).toBe(state)
  })

  test('says nothing of other tests', () => {
    expect(
      stateOf(finding('intermittent'), [{ ...entry, test: 'b' }], '2026-11-21'),
    ).toBeUndefined()
  })

  test('that has expired fails the run of its test, as far as the policy minds', () => {
    const view = {
      key: entry.test,
      project: '',
      file: 'a',
      titlePath: [],
      outcome: 'passed' as const,
      attempts: [],
    }
    const shown = entriesOf([entry], [view], '2026-11-22')
    expect(shown).toMatchObject([{ outcome: 'passed', expired: true, issue: '#7' }])
    expect(expiredFails([entry], shown, undefined)).toBe(true)
    expect(expiredFails([entry], shown, new Set(['intermittent']))).toBe(true)
    expect(expiredFails([entry], shown, new Set(['consistent']))).toBe(false)
    // A run of other tests is not held up.
    expect(expiredFails([entry], entriesOf([entry], [], '2026-11-22'), undefined)).toBe(false)
    expect(expiredFails([entry], entriesOf([entry], [view], '2026-11-21'), undefined)).toBe(false)
  })
})

describe('proposals', () => {
  const today = '2026-11-21'
  const rate = (runs: number, failures: number) => () => ({ runs, failures })
  const undecided = finding('intermittent', {
    evidence: [
      { kind: 'budget', detail: 'not decided: the budget ended first', tests: [], slots: [] },
    ],
  })

  test('a flaky test that was seen twice could go in, with its figures and a date', () => {
    const parallel = { runs: 8, failures: 4 }
    const flaky = finding('parallel-only', { mechanism: 'race' })
    flaky.arms.parallel = parallel
    expect(propose([flaky], [], rate(10, 2), today)).toEqual([
      {
        action: 'add',
        test: entry.test,
        why: 'parallel-only (race): failed 6 of 18 runs (16–56 %)',
        rate: { runs: 18, failures: 6 },
        entry: {
          test: entry.test,
          owner: 'name one',
          reason: 'parallel-only (race)',
          since: '2026-11-21',
          expires: '2026-12-19',
          rate: { runs: 18, failures: 6 },
        },
      },
    ])
  })

  test.each([
    ['seen once', finding('not-reproduced'), [], rate(1, 1)],
    ['a real failure', finding('consistent'), [], rate(9, 9)],
    ['not decided', undecided, [], rate(9, 3)],
    ['in there already', finding('intermittent'), [entry], rate(9, 3)],
  ] as const)('not one that is %s', (_, one, entries, known) => {
    expect(propose([one], entries, known, today)).toEqual([])
  })

  test.each([
    ['300 passes', entry, rate(300, 0), /its rate is under 1 %/],
    [
      'as many passes as its old rate asks for',
      { ...entry, rate: { runs: 10, failures: 3 } },
      rate(9, 0),
      /passed all 9 runs since then; at its old rate of 3 in 10, 9 without/,
    ],
  ])('after %s it could leave', (_, one, known, why) => {
    expect(propose([], [one], known, today)).toMatchObject([
      { action: 'remove', why: expect.stringMatching(why) },
    ])
  })

  test.each([
    ['8 of 9 passes', { ...entry, rate: { runs: 10, failures: 3 } }, rate(8, 0)],
    ['a failure', entry, rate(400, 1)],
    ['no run', entry, rate(0, 0)],
  ])('not after %s', (_, one, known) => {
    expect(propose([], [one], known, today)).toEqual([])
  })

  test('so many runs without a failure are enough', () => {
    const need = (runs: number, failures: number): number => runsToTrust({ runs, failures })
    expect([need(2, 1), need(10, 3), need(100, 1), need(4, 4)]).toEqual([5, 9, 299, 3])
  })
})
