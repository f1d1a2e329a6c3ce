import { randomUUID } from 'node:crypto'
import type { Database } from 'better-sqlite3'
import type { Finding, FlakeReport } from '../report/schema.ts'
import type { TestView } from '../report/view-schema.ts'
import { pool } from '../verdict/statistics.ts'
import { isFlaky } from '../verdict/verdict.ts'
import { outcomes } from './store.ts'

/** Most runs that are kept. */
const keptRuns = 200

/** Adds a run to the history, in one transaction; the oldest go when there are more than 200. */
export function remember(database: Database, report: FlakeReport): void {
  database.transaction(() => add(database, report)).immediate()
}

function add(database: Database, report: FlakeReport): void {
  const { findings, tests = [], runs = [], totals, exitCode, wallMs } = report
  const { lastInsertRowid: run } = database
    .prepare(
      `insert into runs (id, started_at, commit_id, command, tests, failed, exit_code, wall_ms,
         experiments_ms, only_flaky) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    .run(
      randomUUID(),
      report.startedAt ?? new Date().toISOString(),
      report.commit ?? null,
      report.command.join(' '),
      totals.tests,
      totals.failed + totals.missing,
      exitCode,
      firstsWallMs(report),
      wallMs.experiments,
      onlyFlaky(report) ? 1 : 0,
    )
  const numbers = new Map(
    database
      .prepare<[], { n: number; key: string }>('select n, key from tests')
      .all()
      .map(({ n, key }) => [key, n]),
  )
  const newTest = database.prepare('insert into tests (key) values (?)')
  const numberOf = (key: string): number => {
    const known = numbers.get(key)
    if (known !== undefined) return known
    const fresh = Number(newTest.run(key).lastInsertRowid)
    numbers.set(key, fresh)
    return fresh
  }
  const firsts = new Set(runs.flatMap(({ arm }, at) => (arm === 'first' ? [at] : [])))
  const newResult = database.prepare('insert or replace into results values (?, ?, ?, ?, ?)')
  for (const test of tests) {
    const { ran, failures } = countsOf(test, firsts)
    const outcome = outcomes.indexOf(test.outcome)
    newResult.run(run, numberOf(test.key), outcome, ran, failures)
  }
  const newFinding = database.prepare(
    'insert or replace into findings values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
  )
  const views = new Map(tests.map((test) => [test.key, test]))
  const share = findings.length === 0 ? 0 : wallMs.experiments / findings.length
  for (const finding of findings) {
    const { test, verdict, mechanism, cause, confidence, arms } = finding
    if (test.key === '') continue
    const parallel = pool(arms.parallel)
    newFinding.run(
      run,
      numberOf(test.key),
      verdict,
      mechanism ?? null,
      cause,
      confidence,
      parallel.runs,
      parallel.failures,
      arms.alone.runs,
      arms.alone.failures,
      lostMs(finding, views.get(test.key), firsts) + (isFlaky(verdict) ? share : 0),
    )
  }
  database
    .prepare(
      'delete from runs where n not in (select n from runs order by started_at desc, n desc limit ?)',
    )
    .run(keptRuns)
}

function countsOf(
  { attempts, outcome }: TestView,
  firsts: ReadonlySet<number>,
): { ran: number; failures: number } {
  const ran = new Set<number>()
  const failed = new Set<number>()
  for (const attempt of attempts) {
    if (!firsts.has(attempt.run) || attempt.retry > 0) continue
    if (attempt.outcome === 'skipped' || attempt.outcome === 'interrupted') continue
    ran.add(attempt.run)
    if (attempt.outcome !== 'passed') failed.add(attempt.run)
  }
  // A hook before it failed, so that it never ran.
  if (outcome === 'failed' && failed.size === 0) return { ran: ran.size + 1, failures: 1 }
  return { ran: ran.size, failures: failed.size }
}

function lostMs(
  { verdict }: Finding,
  test: TestView | undefined,
  firsts: ReadonlySet<number>,
): number {
  if (test === undefined || !isFlaky(verdict)) return 0
  return test.attempts
    .filter(({ run, retry, outcome }) => firsts.has(run) && (retry > 0 || outcome !== 'passed'))
    .reduce((sum, { startMs, endMs }) => sum + endMs - startMs, 0)
}

function firstsWallMs({ runs = [], wallMs }: FlakeReport): number {
  const firsts = runs.filter(({ arm }) => arm === 'first')
  return firsts.length === 0 ? wallMs.parallel : firsts.reduce((sum, { wallMs: ms }) => sum + ms, 0)
}

function onlyFlaky({ exitCode, findings }: FlakeReport): boolean {
  return exitCode !== 0 && findings.length > 0 && findings.every(({ verdict }) => isFlaky(verdict))
}
