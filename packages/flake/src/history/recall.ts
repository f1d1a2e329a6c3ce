import type { Database } from 'better-sqlite3'
import { plusDays } from '../quarantine/judge.ts'
import type { Counts } from '../verdict/statistics.ts'
import { verdicts as allVerdicts } from '../verdict/verdict.ts'
import type { Verdict } from '../verdict/verdict.ts'
import { historyFormat } from './schema.ts'
import type { History } from './schema.ts'
import { outcomes } from './store.ts'

/** What is asked of the history. */
export interface RecallOptions {
  /** How many of the last runs. Default 30. */
  readonly runs?: number
  /** Only tests whose key contains this, in any case. */
  readonly test?: string | undefined
  /** Most tests. Default 200. */
  readonly tests?: number
}

interface RunRow {
  readonly n: number
  readonly id: string
  readonly started_at: string
  readonly commit_id: string | null
  readonly command: string
  readonly tests: number
  readonly failed: number
  readonly exit_code: number
  readonly wall_ms: number
  readonly experiments_ms: number
  readonly only_flaky: number
}

// A letter for each of the outcomes.
const letters = '.xs?'
const passed = outcomes.indexOf('passed')
const skipped = outcomes.indexOf('skipped')

/** The last runs, and the tests that failed in them. */
export function recall(database: Database, options: RecallOptions = {}): History {
  const { runs: most = 30, tests: mostTests = 200 } = options
  // One state of the file, whoever writes meanwhile.
  return database
    .transaction((): History => {
      const runs = database
        .prepare<[number], RunRow>('select * from runs order by started_at desc, n desc limit ?')
        .all(most)
        .reverse()
      const failing = failingTests(database, runs, options.test)
      const all = failing.map((test) => testOf(database, runs, test))
      all.sort((a, b) => b.lostMs - a.lostMs || b.rate.failures - a.rate.failures)
      return {
        format: historyFormat,
        runs: runs.map(runOf),
        tests: all.slice(0, mostTests),
        moreTests: Math.max(0, all.length - mostTests),
        totals: totalsOf(runs, all),
      }
    })
    .deferred()
}

/** How often a test failed in the runs that are kept: all of them, or those of the days after `since`. */
export function rateSince(database: Database, key: string, since?: string): Counts {
  // The failure that put it into quarantine is of that day.
  const from = since === undefined ? '' : plusDays(since, 1)
  const row = database
    .prepare<[string, string], Counts>(
      `select coalesce(sum(results.runs), 0) as runs, coalesce(sum(results.failures), 0) as failures
       from runs join results on results.run = runs.n
       where results.test = (select n from tests where key = ?) and runs.started_at >= ?`,
    )
    .get(key, from)
  return row ?? { runs: 0, failures: 0 }
}

function runOf(row: RunRow): History['runs'][number] {
  return {
    id: row.id,
    startedAt: row.started_at,
    ...(row.commit_id === null ? {} : { commit: row.commit_id }),
    command: row.command,
    tests: row.tests,
    failed: row.failed,
    exitCode: row.exit_code,
    wallMs: row.wall_ms,
    experimentsMs: row.experiments_ms,
    onlyFlaky: row.only_flaky === 1,
  }
}

interface Failing {
  readonly n: number
  readonly key: string
}

function failingTests(database: Database, runs: readonly RunRow[], text = ''): Failing[] {
  const wanted = text.toLowerCase()
  return database
    .prepare<[string], Failing>(
      `select n, key from tests where n in (
         select test from results where outcome not in (${passed}, ${skipped})
           and run in (select value from json_each(?)))`,
    )
    .all(JSON.stringify(runs.map(({ n }) => n)))
    .filter(({ key }) => key.toLowerCase().includes(wanted))
}

interface ResultRow extends Counts {
  readonly run: number
  readonly outcome: number
}

interface FindingRow {
  readonly run: number
  readonly verdict: string
  readonly lost_ms: number
  readonly parallel_runs: number
  readonly parallel_failures: number
}

type TestHistory = History['tests'][number]

function testOf(database: Database, runs: readonly RunRow[], { n, key }: Failing): TestHistory {
  const numbers = JSON.stringify(runs.map((run) => run.n))
  const results = new Map(
    database
      .prepare<[string, number], ResultRow>(
        `select run, outcome, results.runs, failures
         from json_each(?) join results on run = json_each.value and test = ?`,
      )
      .all(numbers, n)
      .map((row) => [row.run, row]),
  )
  const findings = new Map(
    database
      .prepare<[string, number], FindingRow>(
        `select run, verdict, lost_ms, parallel_runs, parallel_failures
         from json_each(?) join findings on run = json_each.value and test = ?`,
      )
      .all(numbers, n)
      .map((row) => [row.run, row]),
  )
  const commits = new Map<string, { runs: number; failures: number }>()
  const rate = { runs: 0, failures: 0 }
  const verdicts: Verdict[] = []
  let cells = ''
  let lastFailedAt = ''
  let lostMs = 0
  for (const run of runs) {
    const result = results.get(run.n)
    const finding = findings.get(run.n)
    cells += result === undefined ? '-' : letters.charAt(result.outcome)
    if (result !== undefined) {
      rate.runs += result.runs
      rate.failures += result.failures
      if (result.outcome !== passed && result.outcome !== skipped) lastFailedAt = run.started_at
    }
    const verdict = allVerdicts.find((one) => one === finding?.verdict)
    if (verdict !== undefined) verdicts.push(verdict)
    lostMs += finding?.lost_ms ?? 0
    if (run.commit_id === null || result === undefined) continue
    // Newest first: a commit that comes again moves to the end, and the order is turned around below.
    const counts = commits.get(run.commit_id) ?? { runs: 0, failures: 0 }
    commits.delete(run.commit_id)
    counts.runs += result.runs + (finding?.parallel_runs ?? 0)
    counts.failures += result.failures + (finding?.parallel_failures ?? 0)
    commits.set(run.commit_id, counts)
  }
  return {
    key,
    cells,
    rate,
    commits: [...commits].map(([commit, counts]) => ({ commit, ...counts })).reverse(),
    verdicts,
    lastFailedAt,
    lostMs: Math.round(lostMs),
  }
}

function totalsOf(runs: readonly RunRow[], tests: readonly TestHistory[]): History['totals'] {
  const red = runs.filter(({ exit_code: code }) => code !== 0)
  const onlyFlaky = red.filter(({ only_flaky: only }) => only === 1)
  const again = onlyFlaky.reduce((sum, { wall_ms: ms }) => sum + ms, 0)
  return {
    runs: runs.length,
    redRuns: red.length,
    onlyFlakyRuns: onlyFlaky.length,
    lostMs: Math.round(again + tests.reduce((sum, { lostMs }) => sum + lostMs, 0)),
  }
}
