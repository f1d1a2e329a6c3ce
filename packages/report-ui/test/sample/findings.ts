import type { Finding } from '@isolane/flake'
import {
  checkout,
  clock,
  key,
  profile,
  registration,
  seed,
  startMs,
  webhook,
  zero,
} from './names.ts'

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

/** Findings of all verdicts. */
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
        detail: 'both listened on port 3162',
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
      'Ask for the mail again and again until it is there, with a limit, instead of waiting for a fixed time.',
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
