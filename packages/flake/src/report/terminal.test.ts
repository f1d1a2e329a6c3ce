import { expect, test } from 'vitest'
import { findingOf, reportOf } from '../../test/report.ts'
import type { Finding } from './schema.ts'
import { terminal } from './terminal.ts'

const none = { runs: 0, failures: 0 }
const plain = (kind: string, detail: string) => ({ kind, detail, tests: [], slots: [] })

const collides = findingOf('checkout pays with a saved card', {
  first: {
    error: {
      name: 'Error',
      message: 'listen EADDRINUSE: address already in use 127.0.0.1:3162',
      signature: 's',
    },
  },
  evidence: [
    plain('contrast', "Fisher's exact test, parallel against serial: p = 0.00012"),
    plain('port', 'both listened on port 3162'),
  ],
  culprits: [
    {
      role: 'co-runner',
      key: 'b.test.ts > webhook > receives a payment',
      with: { runs: 10, failures: 8 },
      without: { runs: 10, failures: 0 },
    },
  ],
  reproduce: 'npx vitest run a.test.ts b.test.ts --maxWorkers=4',
})
const brittle = findingOf('reads what is there', {
  verdict: 'order-dependent',
  mechanism: undefined,
  cause: 'file',
  confidence: 0.9,
  arms: {
    parallel: none,
    alone: { runs: 5, failures: 5 },
    file: { runs: 3, failures: 0 },
    serial: none,
  },
  first: {},
  evidence: [
    plain('order', 'brittle: it passes only after a.test.ts > writes it'),
    plain('budget', 'not decided: the budget ended first'),
  ],
  culprits: [
    {
      role: 'state-setter',
      key: 'a.test.ts > writes it',
      with: { runs: 5, failures: 0 },
      without: { runs: 5, failures: 5 },
    },
  ],
})
const real = findingOf('sums up', {
  verdict: 'consistent',
  mechanism: undefined,
  cause: 'unknown',
  confidence: 0.999,
  arms: {
    parallel: { runs: 2, failures: 2 },
    alone: { runs: 3, failures: 3 },
    file: none,
    serial: none,
  },
  first: { error: { name: 'Error', message: 'x\nExpected: 2\nReceived: 3', signature: 's' } },
  quarantine: { state: 'not-covered', owner: '@a', reason: 'r', expires: '2027-01-01' },
})
const dies: Finding = {
  ...findingOf('', { verdict: 'infrastructure', cause: 'unknown', confidence: 0.99 }),
  test: { key: '', project: '', file: '', titlePath: [] },
  mechanism: undefined,
  arms: { parallel: none, alone: none, file: none, serial: none },
  evidence: [plain('run', 'the command ended with exit code 1 before any test ran')],
  reproduce: 'npx vitest run',
}

const print = (findings: readonly Finding[], width: number): string =>
  terminal(reportOf(findings, []), { width, color: false })

test('a table: test, how often in parallel and alone, what it was, verdict, cause, how sure; then the commands', () => {
  expect(print([dies, real, collides, brittle], 120)).toMatchInlineSnapshot(`
    "
    0 tests · 0 passed · run 1.0 s · experiments 2.0 s

                                 fails in    fails
       test                      parallel    alone       what it was                         verdict          cause     sure
    ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
    1  the run                   –           –           the command ended with exit code 1  infrastructure   unknown   99 %
                                                         before any test ran

    2  sums up                   2 of 2      3 of 3      Error: x: expected 2, received 3    consistent       unknown   99 %
       a.test.ts:3               over 34 %   over 44 %                                       not quarantined
                                                                                             for this

    3  checkout pays with a      5 of 8      0 of 24     fails beside b.test.ts › webhook ›  parallel-only    port      97 %
       saved card                31–86 %     under 14 %  receives a payment (failed 8 of 10  collision
       a.test.ts:3                                       with it, 0 of 10 without)
                                                         both listened on port 3162
                                                         Error: listen EADDRINUSE: address
                                                         already in use 127.0.0.1:3162

    4  reads what is there       in the run  5 of 5      passes only after a.test.ts ›       order-dependent  file      90 %
       a.test.ts:3               not rerun   over 57 %   writes it (failed 0 of 5 with it,   not decided
                                                         5 of 5 without)

    What to do
    1, 3–4  Take the port from the lane.

    Reproduce
    1     npx vitest run
    2, 4  npx vitest run a.test.ts
    3     npx vitest run a.test.ts b.test.ts --maxWorkers=4
    "
  `)
})

test('in a narrow terminal the same, one below another', () => {
  expect(print([dies, collides, brittle], 80)).toMatchInlineSnapshot(`
    "
    0 tests · 0 passed · run 1.0 s · experiments 2.0 s

    1  the run
       what it was the command ended with exit code 1 before any test ran
       verdict     infrastructure, cause: unknown, 99 % sure

    2  checkout pays with a saved card
       a.test.ts:3
       in parallel 5 of 8 failed (31–86 %)
       alone       0 of 24 failed (under 14 %)
       what it was fails beside b.test.ts › webhook › receives a payment (failed 8
                   of 10 with it, 0 of 10 without)
                   both listened on port 3162
                   Error: listen EADDRINUSE: address already in use 127.0.0.1:3162
       verdict     parallel-only (collision), cause: port, 97 % sure

    3  reads what is there
       a.test.ts:3
       in parallel failed in the run, not rerun
       alone       5 of 5 failed (over 57 %)
       what it was passes only after a.test.ts › writes it (failed 0 of 5 with it, 5
                   of 5 without)
       verdict     order-dependent, cause: file, 90 % sure, not decided

    What to do
    1–3  Take the port from the lane.

    Reproduce
    1  npx vitest run
    2  npx vitest run a.test.ts b.test.ts --maxWorkers=4
    3  npx vitest run a.test.ts
    "
  `)
})

const hostile =
  'a | b 😀 \u001B[31mred\u001B[2J \u202Egnp \u0007 \n::error::forged ##[group]x \uD800 ' +
  '😀'.repeat(400)

test.each([40, 60, 80, 117, 118, 120, 200, 400])('no line is wider than %i columns', (width) => {
  const finding = findingOf(hostile, {
    evidence: [plain('port', hostile)],
    culprits: [{ role: 'polluter', key: hostile, with: none, without: none }],
    reproduce: 'npx vitest run',
  })
  finding.first.error!.message = hostile
  const text = print([finding, dies, brittle], width)
  // What keeps a command from being one is a character more.
  const found = text.slice(0, text.indexOf('Reproduce')).replaceAll('## [', '##[')
  expect(
    found
      .split('\n')
      .slice(2)
      .filter((line) => line.length > width),
  ).toEqual([])
  expect(text).not.toMatch(/(?!\n)\p{Cc}|\p{Cf}/u)
  expect(text).not.toMatch(/^\s*::|##\[/m)
  expect(text.isWellFormed()).toBe(true)
})

test('no counts of a test that was examined with others: it says so', () => {
  const member = findingOf('as the others', {
    arms: { parallel: none, alone: none, file: none, serial: none },
    evidence: [plain('cluster', '4 tests failed with one error and were examined together')],
  })
  expect(print([member], 80)).toContain('examined together')
  expect(print([findingOf('x', { evidence: member.evidence })], 80)).not.toContain('together')
})

test('a possible race of the product comes first', () => {
  const race = findingOf('x', {
    evidence: [plain('port', 'both'), plain('product-race', 'possible product race: src/app.ts:3')],
  })
  expect(print([race], 80)).toMatch(/what it was possible product race: src\/app\.ts:3\n +both\n/)
})

test('more findings than anybody reads here are counted', () => {
  const many = Array.from({ length: 73 }, (_, at) => findingOf(`test ${at}`))
  many[7]!.reproduce = 'another'
  const text = print(many, 120)
  expect(text).toContain('\nand 23 more findings in report.html\n')
  expect(text.match(/^50 /gm)).toHaveLength(1)
  // One command that shows many of them stands there once.
  expect(text).toContain('\nReproduce\n1–7, 9–50  npx vitest run a.test.ts\n8          another\n')
})
