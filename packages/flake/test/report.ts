import type { Finding, FlakeReport } from '@isolane/flake'

type TestView = NonNullable<FlakeReport['tests']>[number]

const startMs = Date.parse('2026-11-21T10:00:00Z')
const none = { runs: 0, failures: 0 }

/** A finding of one test, `a.test.ts > <title>` unless said otherwise. */
export function findingOf(title: string, more: Partial<Finding> = {}): Finding {
  return {
    test: {
      key: `a.test.ts > ${title}`,
      project: '',
      file: 'a.test.ts',
      line: 3,
      titlePath: [title],
    },
    verdict: 'parallel-only',
    mechanism: 'collision',
    cause: 'port',
    confidence: 0.97,
    arms: {
      parallel: { runs: 8, failures: 5 },
      alone: { runs: 24, failures: 0 },
      file: none,
      serial: none,
    },
    first: {
      slot: 1,
      worker: '1',
      error: {
        name: 'Error',
        message: `no port: ${title}`,
        signature: 's',
        stack: `Error: no port\n    at a.test.ts:3:1\n    at x (node:net:1:1)`,
      },
    },
    evidence: [],
    culprits: [],
    impact: 'high',
    nextSteps: ['Take the port from the lane.'],
    reproduce: 'npx vitest run a.test.ts',
    ...more,
  }
}

/** A test that failed, or passed, in the first run; `again` are its outcomes in further runs in parallel. */
export function testOf(
  key: string,
  outcome: TestView['outcome'],
  again: readonly ('passed' | 'failed')[] = [],
): TestView {
  const [file = '', ...titlePath] = key.split(' > ')
  const attempt = (run: number, one: 'passed' | 'failed'): TestView['attempts'][number] => ({
    run,
    outcome: one,
    startMs: startMs + run * 1000,
    endMs: startMs + run * 1000 + 250,
    worker: '1',
    slot: 1,
    retry: 0,
    ...(one === 'failed' ? { error: 'Error: no port' } : {}),
  })
  const first = outcome === 'passed' || outcome === 'failed' ? [attempt(0, outcome)] : []
  return {
    key,
    project: '',
    file,
    titlePath,
    outcome,
    attempts: [...first, ...again.map((one, at) => attempt(at + 1, one))],
  }
}

/** A report of these findings and tests. */
export function reportOf(findings: readonly Finding[], tests: readonly TestView[]): FlakeReport {
  const number = (outcome: TestView['outcome']): number =>
    tests.filter((test) => test.outcome === outcome).length
  const runs = Math.max(1, ...tests.flatMap(({ attempts }) => attempts.map(({ run }) => run + 1)))
  return {
    format: 'isolane.flake/1',
    command: ['npx', 'vitest', 'run'],
    runner: { name: 'vitest', version: '5.1.1' },
    capacity: { cores: 2, workers: 2, maxWorkers: 2, accounts: {}, ports: [] },
    totals: {
      tests: tests.length,
      passed: number('passed'),
      failed: number('failed'),
      skipped: number('skipped'),
      missing: number('missing'),
    },
    wallMs: { parallel: 1000, experiments: 2000 },
    exitCode: 3,
    startedAt: new Date(startMs).toISOString(),
    findings: [...findings],
    tests: [...tests],
    runs: Array.from({ length: runs }, (_, at) => ({
      name: at === 0 ? '1-first' : `${at + 1}-parallel`,
      arm: at === 0 ? 'first' : 'parallel',
      startMs: startMs + at * 1000,
      wallMs: 1000,
      complete: true,
      workers: [],
      lanes: [],
    })),
  }
}
