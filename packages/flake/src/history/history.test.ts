import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect, onTestFinished, test } from 'vitest'
import { findingOf, reportOf, testOf } from '../../test/report.ts'
import type { FlakeReport } from '../report/schema.ts'
import { readHistory } from './read.ts'
import { rateSince } from './recall.ts'
import { remember } from './remember.ts'
import { openHistory } from './store.ts'
import { historyTable } from './terminal.ts'

async function place(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'isolane-history-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  return join(directory, 'history.db')
}

/** The report of day `day` of November: the flaky test fails on even days, the broken one never ran before the 5th. */
function dayReport(day: number): FlakeReport {
  const red = day % 2 === 0
  const flaky = findingOf('flaky')
  const report = reportOf(red ? [flaky] : [], [
    testOf('a.test.ts > good', 'passed'),
    testOf(flaky.test.key, red ? 'failed' : 'passed', red ? ['failed', 'passed'] : []),
    ...(day < 5 ? [] : [testOf('b.test.ts > late', day === 7 ? 'skipped' : 'passed')]),
  ])
  return {
    ...report,
    exitCode: red ? 3 : 0,
    startedAt: `2026-11-${String(day).padStart(2, '0')}T08:00:00.000Z`,
    commit: day < 6 ? 'aaaa' : 'bbbb',
  }
}

async function fill(path: string, reports: readonly FlakeReport[]): Promise<void> {
  const database = await openHistory(path)
  for (const report of reports) remember(database, report)
  database.close()
}

test('rates, verdicts, commits and lost time of the last runs', async () => {
  const path = await place()
  await fill(path, [8, 3, 4, 5, 6, 7, 1, 2].map(dayReport))
  const history = await readHistory(path, { runs: 6 })
  expect(history.runs.map(({ startedAt }) => startedAt.slice(8, 10))).toEqual([
    '03',
    '04',
    '05',
    '06',
    '07',
    '08',
  ])
  expect(history.tests).toEqual([
    {
      key: 'a.test.ts > flaky',
      cells: '.x.x.x',
      rate: { runs: 6, failures: 3 },
      // Of the experiments 5 of 8 failed beside others, on each red day.
      commits: [
        { commit: 'bbbb', runs: 3 + 16, failures: 2 + 10 },
        { commit: 'aaaa', runs: 3 + 8, failures: 1 + 5 },
      ],
      verdicts: ['parallel-only', 'parallel-only', 'parallel-only'],
      lastFailedAt: '2026-11-08T08:00:00.000Z',
      lostMs: 3 * (250 + 2000),
    },
  ])
  expect(history.totals).toEqual({
    runs: 6,
    redRuns: 3,
    onlyFlakyRuns: 3,
    lostMs: 3 * (250 + 2000) + 3 * 1000,
  })
  expect((await stat(path)).mode & 0o777).toBe(0o600)
  expect(await readdir(join(path, '..'))).toEqual(['history.db'])
})

test('rates since a day, and only tests with a name', async () => {
  const path = await place()
  await fill(path, [1, 2, 3, 4].map(dayReport))
  const database = await openHistory(path)
  expect(rateSince(database, 'a.test.ts > flaky')).toEqual({ runs: 4, failures: 2 })
  // The failure for which a test was put into quarantine is of the day since when it is there.
  expect(rateSince(database, 'a.test.ts > flaky', '2026-11-02')).toEqual({ runs: 2, failures: 1 })
  expect(rateSince(database, 'unknown')).toEqual({ runs: 0, failures: 0 })
  database.close()
  expect((await readHistory(path, { test: 'FLAKY' })).tests).toHaveLength(1)
  expect((await readHistory(path, { test: 'good' })).tests).toEqual([])
})

test('only the last 200 runs are kept', async () => {
  const path = await place()
  await fill(
    path,
    Array.from({ length: 205 }, (_, at) => ({
      ...dayReport(at < 3 ? 2 : 1),
      startedAt: new Date(Date.parse('2026-01-01') + at * 60_000).toISOString(),
    })),
  )
  const { runs, tests } = await readHistory(path, { runs: 1000 })
  expect(runs).toHaveLength(200)
  expect(tests).toEqual([])
})

test('a damaged file is moved aside; one of a newer Isolane is left alone', async () => {
  const path = await place()
  await writeFile(path, 'this is no database, and long enough to be sure of that\n'.repeat(40))
  const aside: string[] = []
  const database = await openHistory(path, (name) => aside.push(name))
  remember(database, dayReport(2))
  database.close()
  expect(await readFile(aside[0]!, 'utf8')).toContain('this is no database')
  expect((await readHistory(path)).runs).toHaveLength(1)

  const newer = new Database(path)
  newer.pragma('user_version = 2')
  newer.close()
  await expect(readHistory(path)).rejects.toThrow(
    /it has version 2, and this Isolane reads 1\nHint: update isolane/,
  )
})

test('who only reads leaves a foreign file as it is', async () => {
  const path = await place()
  const text = 'this is no database, and long enough to be sure of that\n'.repeat(40)
  const refusal = /^Cannot use the history .*: it is none, or it is damaged\nHint: name the file/
  await writeFile(path, text)
  await expect(readHistory(path)).rejects.toThrow(refusal)
  expect(await readFile(path, 'utf8')).toBe(text)
  await rm(path)
  const other = new Database(path)
  other.exec('create table users (id integer primary key)')
  other.close()
  const before = await readFile(path)
  await expect(readHistory(path)).rejects.toThrow(refusal)
  expect(await readFile(path)).toEqual(before)
  expect(await readdir(join(path, '..'))).toEqual(['history.db'])
})

test('two that write at once both get in', async () => {
  const path = await place()
  await Promise.all([
    fill(path, [dayReport(1)]),
    fill(path, [dayReport(2)]),
    fill(path, [dayReport(3)]),
  ])
  expect((await readHistory(path)).runs).toHaveLength(3)
})

test('the table for terminals', async () => {
  const path = await place()
  await fill(path, [1, 2, 3, 4].map(dayReport))
  const history = await readHistory(path)
  expect(historyTable(history, { width: 110, color: false })).toMatchInlineSnapshot(`
    "
    4 runs · 2 red · 2 for nothing but flaky tests · 6.5 s lost to flaky tests

    test                                          last 4 →   failed      rate        verdict             time lost
    ──────────────────────────────────────────────────────────────────────────────────────────────────────────────
    a.test.ts > flaky                             ·x·x       2 of 4      15–85 %     parallel-only           4.5 s

    newest right: · passed  x failed  s skipped  ? no result  - not in the run"
  `)
  expect(historyTable(history, { width: 80, color: false })).toMatchInlineSnapshot(`
    "
    4 runs · 2 red · 2 for nothing but flaky tests · 6.5 s lost to flaky tests

    a.test.ts > flaky
       ·x·x
       failed 2 of 4 (15–85 %), parallel-only, 4.5 s lost

    newest right: · passed  x failed  s skipped  ? no result  - not in the run"
  `)
  const commits = historyTable(history, { width: 80, color: false, commits: true })
  expect(commits).toContain('\n   aaaa      12 of 20 failed (39–78 %)\n')
  const none = { ...history, runs: [], tests: [] }
  expect(historyTable(none, { width: 110, color: false })).toBe('No run is remembered yet.')
})

test('hostile names do no harm to the table', async () => {
  const path = await place()
  const key = 'a.test.ts > \n::error::forged ##[group]x \u001B[2J \u202Egnp'
  await fill(path, [reportOf([], [testOf(key, 'failed')])])
  const history = await readHistory(path)
  for (const width of [40, 80, 120, 200]) {
    const text = historyTable(history, { width, color: false })
    expect(text).not.toMatch(/^\s*::|##\[|[\p{Cf}]/mu)
    expect(text).not.toContain('\u001B')
    // What keeps a command from being one is a character more.
    const rows = text.replaceAll('## [', '##[').split('\n').slice(3, -1)
    expect(rows.filter((line) => line.length > width)).toEqual([])
  }
})
