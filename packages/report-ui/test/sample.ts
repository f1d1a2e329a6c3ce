import type { FlakeReport } from '@isolane/flake'
import { findings } from './sample/findings.ts'
import { history } from './sample/history.ts'
import { checkout, clock, key, profile, startMs } from './sample/names.ts'
import { failing, run } from './sample/run.ts'

type RunView = NonNullable<FlakeReport['runs']>[number]

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
