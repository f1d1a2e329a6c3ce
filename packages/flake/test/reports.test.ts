import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readHistory, reportSchema, terminal } from '@isolane/flake'
import type { FlakeReport, FlakeResult } from '@isolane/flake'
import { validateStrict } from 'ctrf'
import { expect, test } from 'vitest'
import { makeProject, vitest } from './project.ts'

const secret = 'hunter2-and-more'

// Fails in the run as it is, and in no experiment.
const project = {
  'a.test.js': `import { test } from 'vitest'
    test('fails at first </script> ]]>', () => {
      if (process.env.ISOLANE_RECORD.includes('1-first')) {
        throw new Error('cannot sign in: SHOP_PASSWORD=' + process.env.SHOP_PASSWORD + ' \\x1b[31mred')
      }
    })
    test('passes', () => {})
    test.skip('is skipped', () => {})`,
  'b.test.js': `import { test } from 'vitest'
    test('passes', () => new Promise((settle) => setTimeout(settle, 30)))`,
}
const red = 'a.test.js > fails at first </script> ]]>'

const file = (...tests: object[]): string =>
  JSON.stringify({ format: 'isolane.quarantine/1', tests })
const entry = (test: string, expires: string): object => ({
  test,
  owner: '@shop',
  reason: 'a race at sign-in',
  expires,
})
const states = ({ report }: FlakeResult): (string | undefined)[] =>
  report.findings.map(({ quarantine, failsRun }) => `${quarantine?.state} ${failsRun}`)

test(
  'one document, five reports, a history, and a quarantine that ends',
  { timeout: 240_000 },
  async () => {
    process.env['SHOP_PASSWORD'] = secret
    await using shop = await makeProject(project)
    const command = [...vitest, 'run', '--maxWorkers=2']
    const run = (): Promise<FlakeResult> => shop.flake({ command, budgetMs: 1 })
    const home = join(shop.dir, '.isolane', 'flake')

    const first = await run()
    expect(first.exitCode).toBe(5)
    expect(first.report.findings.map(({ test: { key } }) => key)).toEqual([red])
    const names = ['report.json', 'report.html', 'summary.md', 'junit.xml', 'ctrf.json']
    const texts: Record<string, string> = {}
    for (const name of names) {
      texts[name] = await readFile(join(home, name), 'utf8')
      expect(texts[name], name).toContain('fails at first')
      expect(texts[name], name).not.toContain(secret)
      expect(texts[name], name).not.toContain('\u001B')
      expect((await stat(join(home, name))).mode & 0o777, name).toBe(0o600)
    }
    expect(texts['report.json']).toContain('SHOP_PASSWORD=[redacted]')
    const report: FlakeReport = reportSchema.parse(JSON.parse(texts['report.json']!))
    expect(report).toEqual(first.report)
    validateStrict(JSON.parse(texts['ctrf.json']!))

    // Every test and every worker of the run, for the timeline.
    const { tests = [], runs = [] } = report
    expect(tests.map(({ key, outcome }) => `${outcome} ${key}`).sort()).toEqual([
      `failed ${red}`,
      'passed a.test.js > passes',
      'passed b.test.js > passes',
      'skipped a.test.js > is skipped',
    ])
    expect(runs[0]).toMatchObject({ name: '1-first', arm: 'first', complete: true, maxWorkers: 2 })
    const workers = runs[0]!.workers.map(({ worker, slot }) => `${worker} ${slot}`)
    for (const { attempts, outcome } of tests) {
      if (outcome === 'skipped') continue
      const [attempt] = attempts
      expect(workers).toContain(`${attempt!.worker} ${attempt!.slot}`)
      const worker = runs[0]!.workers.find((one) => one.worker === attempt!.worker)!
      expect(worker.startMs).toBeLessThanOrEqual(attempt!.startMs)
      expect(worker.endMs).toBeGreaterThanOrEqual(attempt!.endMs)
    }

    // In quarantine it is run and reported, and does not fail the run.
    const place = join(shop.dir, 'isolane.quarantine.json')
    await writeFile(place, file(entry(red, '2999-01-01')))
    const quiet = await run()
    expect([quiet.exitCode, states(quiet)]).toEqual([0, ['active false']])
    expect(terminal(quiet.report, { width: 120, color: false })).toContain('quarantined')
    const xml = await readFile(join(home, 'junit.xml'), 'utf8')
    expect(xml).toContain('<flakyFailure')
    expect(xml).not.toContain('<failure')
    expect(xml).toContain('failures="0"')

    // When its time is over it fails again, and so does the entry of a test that passes.
    await writeFile(place, file(entry(red, '2020-01-01')))
    const over = await run()
    expect([over.exitCode, states(over)]).toEqual([5, ['expired true']])
    await writeFile(
      place,
      file(entry(red, '2999-01-01'), entry('b.test.js > passes', '2020-01-01')),
    )
    const left = await run()
    expect([left.exitCode, states(left)]).toEqual([3, ['active false']])
    expect(terminal(left.report, { width: 120, color: false })).toContain(
      'quarantine expired on 2020-01-01: b.test.js > passes (@shop: a race at sign-in)\nHint: mend what has expired, or give it a new date in isolane.quarantine.json.',
    )

    const { runs: remembered, tests: failed } = await readHistory(
      join(shop.dir, '.isolane', 'history.db'),
    )
    expect(remembered.map(({ exitCode, failed: count }) => [exitCode, count])).toEqual([
      [5, 1],
      [0, 1],
      [5, 1],
      [3, 1],
    ])
    expect(failed.map(({ key, cells, rate }) => [key, cells, rate])).toEqual([
      [red, 'xxxx', { runs: 4, failures: 4 }],
    ])
    expect(left.report.history?.runs).toHaveLength(4)

    // What cannot be remembered is said, and the report is there all the same.
    await writeFile(
      join(shop.dir, '.isolane', 'history.db'),
      'no database at all, but long enough '.repeat(30),
    )
    const notes: string[] = []
    const noted = await shop.flake({
      command: [...command, 'b.test.js'],
      progress: { step: () => {}, note: (text) => notes.push(text) },
    })
    expect(noted.report.history?.runs).toHaveLength(1)
    expect(notes).toEqual([
      expect.stringMatching(/^the history was damaged; it is .*damaged-\d+ now/),
    ])
  },
)
