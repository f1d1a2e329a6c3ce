import { readRecord } from '@isolane/record'
import { describe, expect, test } from 'vitest'
import { makeProject, playwright } from './project.ts'

const slow = { timeout: 480_000 }

describe('with Playwright Test', () => {
  test('each test is told apart, retries and repetitions included', slow, async () => {
    await using project = await makeProject({
      'playwright.config.js': `export default {
        testDir: 'e2e', workers: 2, retries: 1, fullyParallel: true, reporter: 'line', projects: [{ name: 'api' }, { name: 'web' }],
      }`,
      'e2e/sum.spec.js': `import { existsSync, readFileSync, writeFileSync } from 'node:fs'
        import { expect, test } from '@playwright/test'
        for (const [a, b] of [[1, 1], [1, 2]]) {
          test.describe('sums @math', () => {
            test(\`adds (\${a} + \${b}) [x]\`, ({}, testInfo) => {
              expect(testInfo.project.name === 'api' && b === 2 ? 0 : a + b).toBe(a + b)
            })
          })
        }
        test('comes and goes', ({}, testInfo) => {
          test.skip(testInfo.project.name !== 'web')
          const path = 'MEMORY/count'
          const count = existsSync(path) ? Number(readFileSync(path, 'utf8')) : 0
          writeFileSync(path, String(count + 1))
          expect(count % 2).toBe(1)
        })`,
    })
    const { exitCode, report } = await project.flake({ command: [...playwright, 'test'] })
    expect(exitCode).toBe(1)
    expect(report.totals).toEqual({ tests: 6, passed: 3, failed: 2, skipped: 1, missing: 0 })
    expect(report.findings.map(({ test: { key }, verdict }) => [key, verdict])).toEqual([
      ['[api] e2e/sum.spec.js > sums @math > adds (1 + 2) [x]', 'consistent'],
      ['[web] e2e/sum.spec.js > comes and goes', 'intermittent'],
    ])
    const [consistent, intermittent] = report.findings
    expect(consistent?.arms.alone.runs).toBeGreaterThanOrEqual(3)
    expect(consistent?.arms.alone.failures).toBe(consistent?.arms.alone.runs)
    expect(consistent?.reproduce).toBe(
      'npx playwright test e2e/sum.spec.js:5 --project=api --workers=1 --retries=0',
    )
    const { runs = 0, failures = 0 } = intermittent?.arms.alone ?? {}
    expect(Math.abs(runs - 2 * failures)).toBeLessThanOrEqual(1)
  })

  test('a failed beforeAll is one finding about the setup', slow, async () => {
    await using project = await makeProject({
      'playwright.config.js': `export default { testDir: '.', workers: 2, reporter: 'line' }`,
      'a.spec.js': `import { test } from '@playwright/test'
        test.beforeAll(() => { throw new Error('no seed') })
        test('one', () => {}); test('two', () => {})`,
      'b.spec.js': `import { test } from '@playwright/test'
        test('other', () => {})`,
    })
    const { exitCode, report } = await project.flake({ command: [...playwright, 'test'] })
    expect(exitCode).toBe(1)
    expect(report.findings.map(({ test: { file }, verdict }) => [file, verdict])).toEqual([
      ['a.spec.js', 'setup'],
    ])
  })

  test(
    'a record says since when each worker is there, and since when it has its lane',
    slow,
    async () => {
      await using project = await makeProject({
        'playwright.config.js': `export default { testDir: '.', workers: 1, reporter: 'line' }`,
        // As the fixtures of lanes tell it.
        'a.spec.js': `import { test } from '@playwright/test'
        const workerStartedMs = Math.floor(performance.timeOrigin)
        const leasedMs = workerStartedMs + 1
        const tell = (facts) => test.info().annotations.push({ type: '_isolane.lane', description: JSON.stringify(facts) })
        test('one', () => { tell({ id: 'l-1', generation: 1, port: 3001, roles: [], leasedMs, workerStartedMs }) })
        test('fails', () => { tell({ id: 'l-1', generation: 2, port: 3001, roles: [], leasedMs, workerStartedMs }); throw new Error('no') })
        test('without a lane', () => {})`,
      })
      const { path = '' } = await project.record({ command: [...playwright, 'test'] })
      const { attempts, workerEvents, laneEvents } = readRecord(path)
      const starts = workerEvents.map(({ event, worker, slot }) => [event, worker, slot])
      expect(starts).toEqual([
        ['started', '0', 1],
        ['started', '1', 1],
      ])
      const [first, second] = workerEvents
      expect(first?.atMs).toBeLessThan(attempts[0]?.startMs ?? 0)
      expect(second?.atMs).toBe(attempts[2]?.startMs)
      expect(laneEvents).toEqual([
        {
          ...{ kind: 'lane', event: 'leased', lane: 'l-1', worker: '0', slot: 1, ports: [3001] },
          atMs: (first?.atMs ?? 0) + 1,
        },
      ])
      expect(attempts.map(({ lane }) => lane?.generation)).toEqual([1, 2, undefined])
    },
  )

  test('a worker that dies is the machine', slow, async () => {
    await using project = await makeProject({
      'playwright.config.js': `export default { testDir: '.', workers: 1, reporter: 'line' }`,
      'a.spec.js': `import { test } from '@playwright/test'
        test('dies', () => { process.kill(process.pid, 'SIGKILL') })
        test('lives', () => {})`,
    })
    const { exitCode, report } = await project.flake({ command: [...playwright, 'test'] })
    expect(exitCode).toBe(4)
    expect(report.findings.map(({ test: { key }, verdict }) => [key, verdict])).toEqual([
      ['a.spec.js > dies', 'infrastructure'],
    ])
  })
})
