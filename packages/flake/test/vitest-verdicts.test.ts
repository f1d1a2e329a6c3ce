import { existsSync, readFileSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { reportSchema } from '@isolane/flake'
import type { FlakeResult } from '@isolane/flake'
import { describe, expect, test } from 'vitest'
import { freePort, makeProject, vitest } from './project.ts'

const command = [...vitest, 'run']
const everyTime = expect.stringMatching(/^([3-9])\/\1$/) as string
const slow = { timeout: 480_000 }

function verdictsOf({ report }: FlakeResult): unknown[] {
  return report.findings.map(({ test: { key }, verdict, cause, arms }) => {
    const { alone, parallel } = arms
    return [
      key,
      verdict,
      cause,
      `${alone.failures}/${alone.runs}`,
      `${parallel.failures}/${parallel.runs}`,
    ]
  })
}

describe('with Vitest', () => {
  test('a green project gives exit code 0 and no finding', slow, async () => {
    await using project = await makeProject({
      'a.test.js': `import { test } from 'vitest'
        test('one', () => {}); test.skip('two', () => {}); test.todo('three')`,
    })
    const result = await project.flake({ command })
    expect(result.exitCode).toBe(0)
    expect(result.report.findings).toEqual([])
    expect(result.report.totals).toEqual({ tests: 3, passed: 1, failed: 0, skipped: 2, missing: 0 })
    expect(result.report.wallMs.experiments).toBe(0)
    expect(existsSync(join(project.dir, 'node_modules'))).toBe(true)
  })

  test('a failure that happens alone every time is consistent', slow, async () => {
    await using project = await makeProject({
      'sub/a.test.js': `import { expect, test, describe } from 'vitest'
        describe('sum (of) [parts]', () => {
          test('is $5.00 | exactly', () => { expect(1 + 1).toBe(3) })
          test('is $5.00 | exactly, nearly', () => {})
        })`,
    })
    const result = await project.flake({ command })
    expect(result.exitCode).toBe(1)
    expect(verdictsOf(result)).toEqual([
      [
        'sub/a.test.js > sum (of) [parts] > is $5.00 | exactly',
        'consistent',
        'unknown',
        everyTime,
        '0/0',
      ],
    ])
    const [finding] = result.report.findings
    expect(finding?.test.line).toBe(3)
    expect(finding?.confidence).toBeLessThan(1)
    expect(finding?.first.error?.name).toBe('AssertionError')
    expect(finding?.reproduce).toBe(
      String.raw`npx vitest run sub/a.test.js -t '^sum \(of\) \[parts\] > is \$5\.00 \| exactly$'`,
    )
    const written: unknown = JSON.parse(readFileSync(result.paths.report, 'utf8'))
    expect(reportSchema.parse(written)).toEqual(result.report)
    expect(readFileSync(result.paths.summary, 'utf8')).toContain('1 consistent')
  })

  test('a failure that comes and goes alone is intermittent', slow, async () => {
    await using project = await makeProject({
      'a.test.js': `import { existsSync, readFileSync, writeFileSync } from 'node:fs'
        import { expect, test } from 'vitest'
        test('every second time', () => {
          const path = 'MEMORY/count'
          const count = existsSync(path) ? Number(readFileSync(path, 'utf8')) : 0
          writeFileSync(path, String(count + 1))
          expect(count % 2).toBe(1)
        })`,
    })
    const result = await project.flake({ command })
    expect(result.exitCode).toBe(3)
    // Seven times, or three when the machine was so busy that the test seemed to be slow.
    expect(verdictsOf(result)).toEqual([
      [
        'a.test.js > every second time',
        'intermittent',
        'unknown',
        expect.stringMatching(/^(3\/7|1\/3|2\/4)$/),
        '0/0',
      ],
    ])
  })

  test('a failure seen once and never again is not reproduced', slow, async () => {
    await using project = await makeProject({
      'a.test.js': `import { existsSync, writeFileSync } from 'node:fs'
        import { expect, test } from 'vitest'
        test('once', () => {
          const seen = existsSync('MEMORY/seen')
          writeFileSync('MEMORY/seen', '')
          expect(seen).toBe(true)
        })`,
    })
    const result = await project.flake({ command })
    expect(result.exitCode).toBe(3)
    expect(verdictsOf(result)).toEqual([
      ['a.test.js > once', 'not-reproduced', 'unknown', expect.stringMatching(/^0\//), '0/0'],
    ])
    // One file on one worker: to run it again is a serial run.
    expect(result.report.findings[0]?.arms.serial).toEqual({ runs: 3, failures: 0 })
  })

  test('two files that listen on one port collide, and only beside each other', slow, async () => {
    const port = await freePort()
    const file = (body: string): string => `import { existsSync, writeFileSync } from 'node:fs'
      import { createServer } from 'node:net'
      import { inject, test } from 'vitest'
      const place = inject('meeting')
      const say = (word) => { if (place) writeFileSync(place + '/' + word, '') }
      async function hear(word) {
        const deadline = Date.now() + 60_000
        while (place && !existsSync(place + '/' + word)) {
          if (Date.now() > deadline) throw new Error('nobody said ' + word)
          await new Promise((settle) => setTimeout(settle, 5))
        }
      }
      const listen = () => new Promise((settle, fail) => {
        const server = createServer().once('error', fail)
        server.listen(${port}, '127.0.0.1', () => settle(server))
      })
      ${body}`
    await using project = await makeProject({
      'vitest.config.js': `export default { test: { globalSetup: './meeting.js', testTimeout: 90_000, maxWorkers: 2 } }`,
      // Workers side by side get a place to meet, so that they overlap by agreement and not by luck.
      'meeting.js': `import { mkdtempSync } from 'node:fs'
        export default (project) => {
          const beside = project.vitest.config.maxWorkers > 1
          project.provide('meeting', beside ? mkdtempSync('MEMORY/meeting-') : '')
        }`,
      'holds.test.js': file(`test('holds the port', async () => {
        const server = await listen()
        say('held')
        await hear('tried')
        await new Promise((settle) => server.close(settle))
      })`),
      'wants.test.js': file(`test('wants the port', async () => {
        await hear('held')
        try {
          const server = await listen()
          await new Promise((settle) => server.close(settle))
        } finally {
          say('tried')
        }
      })`),
    })
    const result = await project.flake({ command })
    expect(result.exitCode).toBe(3)
    const [finding, ...others] = result.report.findings
    expect(others).toEqual([])
    expect(finding).toMatchObject({
      test: { key: 'wants.test.js > wants the port' },
      verdict: 'parallel-only',
      mechanism: 'collision',
      cause: 'port',
      first: { port },
      arms: { serial: { failures: 0 } },
      reproduce: expect.stringMatching(
        /^npx vitest run (wants|holds)\.test\.js (wants|holds)\.test\.js --maxWorkers=2$/,
      ) as string,
    })
    expect(finding?.arms.alone).toMatchObject({ failures: 0 })
    expect(finding?.evidence).toContainEqual({
      kind: 'port',
      detail: `both listened on port ${port}`,
      tests: ['wants.test.js > wants the port', 'holds.test.js > holds the port'],
      slots: expect.any(Array) as number[],
    })
    expect(finding?.culprits).toMatchObject([
      {
        role: 'co-runner',
        key: 'holds.test.js > holds the port',
        without: { failures: 0 },
      },
    ])
  })

  test('a setup that throws is one finding, whatever it took along', slow, async () => {
    await using project = await makeProject({
      'a.test.js': `import { beforeAll, test } from 'vitest'
        beforeAll(() => { throw new Error('no seed for role admin') })
        test('one', () => {}); test('two', () => {}); test('three', () => {})`,
      'b.test.js': `import { test } from 'vitest'
        test('other', () => {})`,
    })
    const result = await project.flake({ command })
    expect(result.exitCode).toBe(1)
    expect(verdictsOf(result)).toEqual([['a.test.js > one', 'setup', 'unknown', everyTime, '0/0']])
    expect(result.report.findings[0]?.evidence).toContainEqual({
      kind: 'setup',
      detail: '3 tests could not run because of it',
      tests: ['a.test.js > one', 'a.test.js > two', 'a.test.js > three'],
      slots: [],
    })
    expect(result.report.totals).toMatchObject({ tests: 4, passed: 1, failed: 3 })
  })

  test('a broken seed contract is believed without another run', slow, async () => {
    await using project = await makeProject({
      'a.test.js': `import { test } from 'vitest'
        const broken = () => { throw Object.assign(new Error('ISOLANE_SEED_CONTRACT: role "program_admin" has no program'), { name: 'IsolaneError' }) }
        test('one', broken); test('two', broken); test('three', () => {})`,
    })
    const result = await project.flake({ command })
    expect(result.exitCode).toBe(1)
    expect(verdictsOf(result)).toEqual([['a.test.js > one', 'setup', 'seed', '0/0', '0/0']])
  })

  test('a worker that is killed is the machine, and no test is lost', slow, async () => {
    await using project = await makeProject({
      'a.test.js': `import { test } from 'vitest'
        test('before', () => {})
        test('dies', () => { process.kill(process.pid, 'SIGKILL') })
        test('after', () => {})`,
      'b.test.js': `import { test } from 'vitest'
        test('other', () => {})`,
    })
    const result = await project.flake({ command })
    expect(result.exitCode).toBe(4)
    expect(result.report.findings.map(({ verdict }) => verdict)).toEqual(['infrastructure'])
    // On a busy machine the worker may have told of the first test.
    const tellable = ['a.test.js > before', 'a.test.js > dies', 'a.test.js > after']
    const told = result.report.findings[0]?.evidence[0]?.tests
    expect([tellable, tellable.slice(1)]).toContainEqual(told)
    const { tests, passed, failed, skipped, missing } = result.report.totals
    expect(passed + failed + skipped + missing).toBe(tests)
    expect(tests).toBe(4)
  })

  test('the reporters of the configuration still write their files, once', slow, async () => {
    await using project = await makeProject({
      'vitest.config.js': `import { appendFileSync } from 'node:fs'
        const plugged = { onTestRunEnd: () => appendFileSync('MEMORY/ends', 'x') }
        export default {
          plugins: [{ name: 'p', configureVitest: ({ vitest }) => { vitest.config.reporters.push(plugged) } }],
          test: { reporters: ['dot', ['json', { outputFile: 'results.json' }]] },
        }`,
      'a.test.js': `import { test } from 'vitest'
        test('bad', () => { throw new Error('bad') })
        test('good', () => {})`,
    })
    await project.flake({ command })
    const results = JSON.parse(readFileSync(join(project.dir, 'results.json'), 'utf8')) as {
      numTotalTests: number
      numPendingTests: number
    }
    expect([results.numTotalTests, results.numPendingTests]).toEqual([2, 0])
    // A plugin's reporter is a part of the plugin and runs in every arm.
    expect(readFileSync(join(project.memory, 'ends'), 'utf8')).toMatch(/^x{5,10}$/)
    expect((await readdir(join(project.dir, '.isolane', 'flake', 'runs'))).toSorted()).toEqual([
      '1-first.jsonl',
      '1-first.log',
      '2-alone-selection.json',
      '2-alone.jsonl',
      '2-alone.log',
      '3-reordered-selection.json',
      '3-reordered-selection.json-0.mjs',
      '3-reordered.jsonl',
      '3-reordered.log',
      'order.json',
    ])
  })
})
