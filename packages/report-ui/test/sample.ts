import type { Finding, FlakeReport, History } from '@isolane/flake'

type TestView = NonNullable<FlakeReport['tests']>[number]
type RunView = NonNullable<FlakeReport['runs']>[number]

const startMs = Date.parse('2026-11-21T10:00:00Z')
const zero = { runs: 0, failures: 0 }
const key = (file: string, ...titles: string[]): string => [file, ...titles].join(' > ')

const checkout = ['tests/checkout.test.ts', 'checkout', 'pays with a saved card'] as const
const webhook = ['tests/webhook.test.ts', 'webhook', 'receives a payment event'] as const
const profile = ['tests/profile.test.ts', 'profile', 'instructor updates own profile'] as const
const registration = [
  'tests/registration.test.ts',
  'complete registration and password workflow',
] as const
const seed = ['tests/programs.test.ts', 'program admin', 'cannot access other programs'] as const
const clock = ['tests/report.test.ts', 'report', 'groups bookings by day'] as const

function finding(path: readonly string[], more: Partial<Finding>): Finding {
  const [file = '', ...titlePath] = path
  return {
    test: { key: path.join(' > '), project: '', file, line: 21, titlePath },
    verdict: 'intermittent',
    cause: 'unknown',
    confidence: 0.9,
    arms: { parallel: zero, alone: zero, file: zero, serial: zero },
    first: {},
    evidence: [],
    culprits: [],
    impact: 'medium',
    nextSteps: [],
    reproduce: `npx vitest run ${file} -t '^${titlePath.join(' > ')}$'`,
    ...more,
  }
}

const stack = (file: string): string =>
  [
    'Error',
    `    at ${file}:24:11`,
    '    at openServer (src/server.ts:88:9)',
    '    at processTicksAndRejections (node:internal/process/task_queues:105:5)',
    '    at runTest (file:///shop/node_modules/vitest/dist/run.js:1:1)',
  ].join('\n')

export const findings: Finding[] = [
  finding(seed, {
    verdict: 'consistent',
    cause: 'seed',
    confidence: 0.985,
    runnerUp: { verdict: 'order-dependent', confidence: 0.01 },
    arms: {
      parallel: { runs: 1, failures: 1 },
      alone: { runs: 3, failures: 3 },
      file: zero,
      serial: zero,
    },
    first: {
      slot: 2,
      worker: '3',
      port: 41_002,
      startedAt: new Date(startMs + 3200).toISOString(),
      durationMs: 1032,
      error: {
        name: 'AssertionError',
        message:
          'expect(rows).toEqual(expected)\n\n- Expected  - 1\n+ Received  + 0\n\n- Array [ "Mathematics" ]\n+ Array []',
        signature: 's',
        stack: stack('tests/programs.test.ts'),
      },
    },
    evidence: [
      {
        kind: 'bound',
        detail: 'fails at least 37 % of the time when it runs alone (95 %)',
        tests: [],
        slots: [],
      },
    ],
    impact: 'high',
    nextSteps: [
      'Fix it like any failing test: it fails without any other test beside it.',
      'Complete the seed of the role that the message names; its `verify` says what is missing.',
    ],
  }),
  finding(checkout, {
    verdict: 'parallel-only',
    mechanism: 'collision',
    cause: 'port',
    confidence: 0.97,
    runnerUp: { verdict: 'intermittent', confidence: 0.02 },
    arms: {
      parallel: { runs: 8, failures: 5 },
      alone: { runs: 24, failures: 0 },
      file: { runs: 4, failures: 0 },
      serial: { runs: 2, failures: 0 },
    },
    first: {
      slot: 1,
      worker: '1',
      port: 3162,
      startedAt: new Date(startMs + 5100).toISOString(),
      durationMs: 310,
      error: {
        name: 'Error',
        message: 'listen EADDRINUSE: address already in use 127.0.0.1:3162',
        signature: 's',
        stack: stack('tests/checkout.test.ts'),
      },
    },
    evidence: [
      {
        kind: 'port',
        detail: 'both listened on 3162',
        tests: [key(...checkout), key(...webhook)],
        slots: [1, 3],
      },
      {
        kind: 'contrast',
        detail: "Fisher's exact test, parallel against serial: p = 0.00012",
        tests: [],
        slots: [],
      },
    ],
    culprits: [
      {
        role: 'co-runner',
        key: key(...webhook),
        with: { runs: 10, failures: 8 },
        without: { runs: 10, failures: 0 },
      },
    ],
    impact: 'high',
    nextSteps: [
      'Take the port from the lane (lanes.current().port.number, or the variable PORT) instead of a fixed one. The port was 3162.',
    ],
    reproduce: 'npx vitest run tests/checkout.test.ts tests/webhook.test.ts --maxWorkers=4',
  }),
  finding(profile, {
    verdict: 'parallel-only',
    mechanism: 'starvation',
    cause: 'timeout',
    confidence: 0.91,
    arms: {
      parallel: { runs: 9, failures: 4 },
      alone: { runs: 14, failures: 0 },
      file: zero,
      serial: { runs: 1, failures: 0 },
    },
    first: { slot: 4, worker: '6', startedAt: new Date(startMs).toISOString(), durationMs: 5003 },
    evidence: [
      {
        kind: 'timing',
        detail: 'everything took 3.4 times as long beside other tests',
        tests: [],
        slots: [],
      },
    ],
    nextSteps: [
      'Run fewer workers or give the test more time: it starves under load (3.4 times slower).',
    ],
    quarantine: {
      state: 'active',
      owner: '@records',
      reason: 'slow dialog',
      issue: 'https://example.test/issues/7',
      expires: '2026-12-24',
    },
  }),
  finding(registration, {
    verdict: 'parallel-only',
    mechanism: 'race',
    cause: 'mail',
    confidence: 0.88,
    arms: {
      parallel: { runs: 10, failures: 4 },
      alone: { runs: 20, failures: 0 },
      file: zero,
      serial: zero,
    },
    nextSteps: [
      'Wait for the mail with the mailbox of the lane (mail.waitFor) instead of for a fixed time.',
    ],
  }),
  finding(clock, {
    verdict: 'intermittent',
    cause: 'time',
    arms: {
      parallel: { runs: 4, failures: 2 },
      alone: { runs: 12, failures: 5 },
      file: zero,
      serial: zero,
    },
    quarantine: { state: 'expired', owner: '@reports', reason: 'midnight', expires: '2026-11-01' },
  }),
  finding(['tests/search.test.ts', 'search', 'finds what was indexed a moment ago'], {
    verdict: 'not-reproduced',
    confidence: 0.7,
    impact: 'low',
    arms: {
      parallel: { runs: 6, failures: 0 },
      alone: { runs: 9, failures: 0 },
      file: zero,
      serial: zero,
    },
  }),
]

const failing = new Map(findings.map((one) => [one.test.key, one]))

/** A run of 120 tests on 4 slots: two workers died, lanes were made ready and reset. */
function run(): { run: RunView; tests: TestView[] } {
  const named = new Map<number, readonly string[]>([
    [17, checkout],
    [18, webhook],
    [35, profile],
    [52, registration],
    [66, seed],
    [85, clock],
    [102, ['tests/search.test.ts', 'search', 'finds what was indexed a moment ago']],
  ])
  const tests: TestView[] = []
  const workers: RunView['workers'] = []
  const lanes: RunView['lanes'] = []
  let worker = 0
  const free = [0, 0, 0, 0]
  const places = new Map<number, string>()
  for (let at = 0; at < 120; at += 1) {
    const slot = (at % 4) + 1
    const path = named.get(at) ?? [`tests/file-${at % 24}.test.ts`, 'records', `keeps row ${at}`]
    if (at < 4 || at === 50 || at === 78) {
      worker += 1
      const before = workers.findLast((one) => one.slot === slot)
      if (before !== undefined) {
        before.end = 'crash'
        before.detail = 'exit code 137'
      }
      places.set(slot, String(worker))
      const from = startMs + (free[slot - 1] ?? 0)
      workers.push({ worker: String(worker), slot, startMs: from, endMs: from })
      lanes.push({
        lane: `3f9a-${slot}`,
        event: 'leased',
        atMs: from + 100,
        slot,
        worker: String(worker),
      })
      free[slot - 1] = (free[slot - 1] ?? 0) + 620
    }
    if (at % 17 === 0) {
      lanes.push({
        lane: `3f9a-${slot}`,
        event: 'reset',
        atMs: startMs + (free[slot - 1] ?? 0) + 40,
        slot,
        worker: places.get(slot),
      })
      free[slot - 1] = (free[slot - 1] ?? 0) + 180
    }
    const from = startMs + (free[slot - 1] ?? 0)
    const ms = path === profile ? 5003 : 60 + ((at * 7919) % 900)
    free[slot - 1] = from - startMs + ms + 4
    const [file = '', ...titlePath] = path
    const found = failing.get(path.join(' > '))
    tests.push({
      key: path.join(' > '),
      project: '',
      file,
      line: 21,
      titlePath,
      outcome: found === undefined ? 'passed' : 'failed',
      attempts: [
        {
          run: 0,
          outcome: found === undefined ? 'passed' : path === profile ? 'timed-out' : 'failed',
          startMs: from,
          endMs: from + ms,
          worker: places.get(slot),
          slot,
          retry: 0,
          ...(found?.first.error === undefined
            ? {}
            : { error: found.first.error.message.split('\n')[0] }),
        },
      ],
    })
    const own = workers.findLast((one) => one.slot === slot)
    if (own !== undefined) own.endMs = from + ms
  }
  return {
    run: {
      name: '1-first',
      arm: 'first',
      startMs,
      wallMs: 22_000,
      complete: true,
      maxWorkers: 4,
      workers,
      lanes,
    },
    tests,
  }
}

function history(): History {
  const runs = Array.from({ length: 30 }, (_, at) => {
    const failed = at % 3 === 0 ? 2 : at % 7 === 0 ? 1 : 0
    return {
      id: `run-${at}`,
      startedAt: new Date(startMs - (30 - at) * 7_200_000).toISOString(),
      commit: `${(at >> 1).toString(16).padStart(8, 'c')}aa`,
      command: 'npx vitest run',
      tests: 120,
      failed,
      exitCode: failed === 0 ? 0 : 3,
      wallMs: 21_000 + ((at * 997) % 6000),
      experimentsMs: failed * 9000,
      onlyFlaky: failed > 0 && at % 9 !== 0,
    }
  })
  const cells = (every: number, from = 0): string =>
    runs
      .map((_, at) => (at < from ? '-' : at % every === 0 ? 'x' : at % 11 === 5 ? 's' : '.'))
      .join('')
  const test = (
    path: readonly string[],
    every: number,
    lostMs: number,
    verdict: Finding['verdict'],
    from = 0,
  ): History['tests'][number] => {
    const strip = cells(every, from)
    const failures = strip.split('').filter((one) => one === 'x').length
    return {
      key: path.join(' > '),
      cells: strip,
      rate: { runs: strip.split('').filter((one) => one === 'x' || one === '.').length, failures },
      commits: [
        { commit: 'c0ffee12', runs: 6, failures: 1 },
        { commit: 'deadbeef', runs: 9, failures: 4 },
      ],
      verdicts: ['not-reproduced', verdict],
      lastFailedAt: new Date(startMs).toISOString(),
      lostMs,
    }
  }
  return {
    format: 'isolane.history/1',
    runs,
    tests: [
      test(checkout, 3, 1_140_000, 'parallel-only'),
      test(registration, 7, 312_000, 'parallel-only', 4),
      test(clock, 14, 41_000, 'intermittent'),
    ],
    moreTests: 0,
    totals: { runs: 30, redRuns: 13, onlyFlakyRuns: 9, lostMs: 1_493_000 },
  }
}

/** A report with something on every page. */
export function sample(): FlakeReport {
  const { run: first, tests } = run()
  const runs: RunView[] = [first]
  const arms = ['alone', 'alone', 'alone', 'parallel', 'parallel', 'parallel', 'parallel', 'serial']
  for (const [at, arm] of arms.entries()) {
    const from = startMs + 30_000 + at * 4000
    runs.push({
      name: `${at + 2}-${arm}`,
      arm,
      startMs: from,
      wallMs: 3000,
      complete: at !== 7,
      workers: [],
      lanes: [],
    })
    for (const test of tests) {
      const found = failing.get(test.key)
      if (found === undefined) continue
      const fails =
        found.verdict === 'consistent' ||
        (found.verdict === 'parallel-only' && arm === 'parallel' && at % 2 === 1) ||
        (found.verdict === 'intermittent' && at % 2 === 0)
      test.attempts.push({
        run: at + 1,
        outcome: fails ? 'failed' : 'passed',
        startMs: from,
        endMs: from + 300,
        retry: 0,
      })
      if (fails && at === 5)
        test.attempts.push({
          run: at + 1,
          outcome: 'passed',
          startMs: from + 300,
          endMs: from + 500,
          retry: 1,
        })
    }
  }
  return {
    format: 'isolane.flake/1',
    command: ['npx', 'vitest', 'run', '--maxWorkers=4'],
    runner: { name: 'vitest', version: '5.1.1' },
    capacity: {
      cores: 8,
      workers: 4,
      maxWorkers: 16,
      accounts: { site_admin: 16, institution_admin: 16, program_admin: 16, instructor: 12 },
      ports: [41_000, 41_001, 41_002, 41_003],
    },
    totals: { tests: 120, passed: 112, failed: 6, skipped: 1, missing: 1 },
    wallMs: { parallel: 44_400, experiments: 81_000 },
    exitCode: 1,
    findings,
    startedAt: new Date(startMs).toISOString(),
    commit: '3f9a2b1c77d04be2b6f2aa9d5a5e1c33',
    runs,
    tests,
    quarantine: {
      path: 'isolane.quarantine.json',
      cap: 20,
      entries: [
        {
          test: key(...profile),
          owner: '@records',
          reason: 'slow dialog',
          issue: 'https://example.test/issues/7',
          expires: '2026-12-24',
          outcome: 'failed',
          expired: false,
          sinceRate: { runs: 22, failures: 7 },
        },
        {
          test: key(...clock),
          owner: '@reports',
          reason: 'midnight',
          expires: '2026-11-01',
          outcome: 'failed',
          expired: true,
          sinceRate: { runs: 60, failures: 12 },
        },
      ],
      proposals: [
        {
          action: 'add',
          test: key(...checkout),
          why: 'parallel-only, failed 10 of 30 runs (19–51 %)',
          rate: { runs: 30, failures: 10 },
          entry: {
            test: key(...checkout),
            owner: 'name a team',
            reason: 'parallel-only (collision, port)',
            since: '2026-11-21',
            expires: '2026-12-19',
            rate: { runs: 30, failures: 10 },
          },
        },
      ],
    },
    history: history(),
  }
}
