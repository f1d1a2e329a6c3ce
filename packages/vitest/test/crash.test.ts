import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { countingCoverage } from './support/counting-coverage.ts'
import { project, versions } from './support/project.ts'
import type { Project } from './support/project.ts'

const config = (options = '{}', more = ''): Record<string, string> => ({
  'vitest.config.ts': `
    import { appendFileSync } from 'node:fs'
    import { isolated } from '@isolane/vitest'
    import { defineConfig } from 'vitest/config'
    import { lanes } from './lanes.ts'
    const heard = (what, it) => appendFileSync('heard', what + ' ' + (it.fullName ?? it.relativeModuleId) + '\\n')
    const reporter = {
      onTestModuleQueued: (it) => heard('queued', it),
      onTestModuleCollected: (it) => heard('collected', it),
      onTestModuleStart: (it) => heard('start', it),
      onTestCaseReady: (it) => heard('ready', it),
      onTestCaseResult: (it) => heard(it.result().state, it),
      onTestModuleEnd: (it) => heard('end', it),
    }
    export default defineConfig({ plugins: [isolated(lanes, ${options}), { name: 'heard', configureVitest: ({ vitest }) => { vitest.config.reporters.push(reporter) } }],
      test: { include: ['**/*.test.ts'], pool: 'isolated', ${more} } })
  `,
  heard: '',
  'once.ts': `
    import { appendFileSync, existsSync, readFileSync } from 'node:fs'
    import { lanes } from './lanes.ts'
    /** True in the first process of a file only. */
    export function first(name: string): boolean {
      appendFileSync('lanes-of-' + name, lanes.current().id + ' ' + process.pid + '\\n')
      return readFileSync('lanes-of-' + name, 'utf8').trim().split('\\n').length === 1
    }
    export async function untilHeard(what: string): Promise<void> {
      while (!readFileSync('heard', 'utf8').includes(what)) await new Promise((resolve) => setImmediate(resolve))
    }
  `,
})

/** What is read of a line of a record. */
interface Recorded {
  readonly kind: string
  readonly file?: string
  readonly titlePath?: readonly string[]
  readonly event?: string
  readonly outcome?: string
  readonly detail?: string
  readonly retry?: number
}

async function lines(it: Project, file: string): Promise<string[]> {
  return (await readFile(join(it.dir, file), 'utf8')).trim().split('\n')
}

/** Our own lines, without what differs from run to run. */
function said(output: string): string {
  return output
    .split('\n')
    .filter((line) => /^isolane: (?!database)|^ {2}crashed|^ {11}(It|When)/.test(line))
    .join('\n')
    .replaceAll(/lane [\da-f]{8}-\d+/g, 'lane <lane>')
}

test.for(versions)(
  'Vitest %s: a file whose worker dies runs again on a fresh lane, and the run says so',
  async (version) => {
    const it = await project(
      {
        ...config('{}', 'retry: 2'),
        'dies.test.ts': `
      import { setTimeout as sleep } from 'node:timers/promises'
      import { beforeEach, describe, expect, test } from 'vitest'
      import { lanes } from './lanes.ts'
      import { first, untilHeard } from './once.ts'
      test('before', async () => {})
      describe('group', () => {
        // Vitest 4.1 forgets to tell what happened when its timer for it fires after exactly 100 ms, until it has more to
        // tell: the end of this hook. https://github.com/vitest-dev/vitest/blob/v4.1.0/packages/runner/src/run.ts
        beforeEach(async () => { await Promise.race([untilHeard('passed before'), sleep(200)]) })
        test('dies', async () => {
          const users = lanes.current().database.open()
          const dies = first('dies')
          expect(users.prepare('select count(*) from users').pluck().get()).toBe(0)
          users.prepare("insert into users (name) values ('x')").run()
          await untilHeard('passed before')
          if (dies) process.kill(process.pid, 'SIGKILL')
        })
        test('after', () => {})
      })
    `,
        'exits.test.ts': `
      import { test } from 'vitest'
      import { first } from './once.ts'
      test('exits', () => { if (first('exits')) process.reallyExit(7) })
    `,
        'native.test.ts': `
      import { beforeAll, test } from 'vitest'
      import { first } from './once.ts'
      beforeAll(() => { if (first('native')) process.kill(process.pid, 'SIGSEGV') })
      test('native', () => {})
    `,
        'loads.test.ts': `
      import { test } from 'vitest'
      import { first } from './once.ts'
      if (first('loads')) process.abort()
      test('loads', () => {})
    `,
        'leaves.test.ts': `
      import { spawn } from 'node:child_process'
      import { test } from 'vitest'
      import { first } from './once.ts'
      test('leaves', () => {
        if (!first('leaves')) return
        spawn('sleep', ['600'], { stdio: 'ignore', detached: true }).unref()
        process.kill(process.pid, 'SIGTERM')
      })
    `,
        'fine.test.ts': "import { test } from 'vitest'\ntest('fine', () => {})",
      },
      { ISOLANE_RECORD: 'record.jsonl' },
      [],
      version,
    )
    const { exitCode, passed, failed, output } = await it.run(
      '--maxWorkers=2',
      '--reporter=@isolane/flake/vitest-reporter',
    )
    expect({ exitCode, passed, failed }, output).toEqual({ exitCode: 0, passed: 8, failed: 0 })
    expect(said(output).split('\n').toSorted().join('\n')).toMatchInlineSnapshot(`
    "           It passed when it ran again.
               It passed when it ran again.
               It passed when it ran again.
               It passed when it ran again.
               It passed when it ran again.
      crashed  dies.test.ts  in "group > dies" (dies.test.ts): signal SIGKILL, from outside: often the system, when memory is short
      crashed  exits.test.ts  in "exits" (exits.test.ts): exit code 7
      crashed  leaves.test.ts  in "leaves" (leaves.test.ts): signal SIGTERM
      crashed  loads.test.ts  while loads.test.ts was loaded: signal SIGABRT: native code crashed or process.abort() was called
      crashed  native.test.ts  in a hook of native.test.ts: signal SIGSEGV: native code crashed or process.abort() was called
    isolane: a worker crashed in "exits" (exits.test.ts): exit code 7 (lane <lane>). The file runs again on a fresh lane.
    isolane: a worker crashed in "group > dies" (dies.test.ts): signal SIGKILL, from outside: often the system, when memory is short (lane <lane>). The file runs again on a fresh lane.
    isolane: a worker crashed in "leaves" (leaves.test.ts): signal SIGTERM (lane <lane>). The file runs again on a fresh lane.
    isolane: a worker crashed in a hook of native.test.ts: signal SIGSEGV: native code crashed or process.abort() was called (lane <lane>). The file runs again on a fresh lane.
    isolane: a worker crashed while loads.test.ts was loaded: signal SIGABRT: native code crashed or process.abort() was called (lane <lane>). The file runs again on a fresh lane."
  `)

    // Each is reported once; what was running when the worker died is reported with its second result.
    const heard = await lines(it, 'heard')
    expect(heard.filter((line) => /before|group|dies\.test/.test(line)).toSorted()).toEqual([
      'collected dies.test.ts',
      'end dies.test.ts',
      'passed before',
      'passed group > after',
      'passed group > dies',
      'queued dies.test.ts',
      'ready before',
      'ready group > after',
      'ready group > dies',
      'start dies.test.ts',
    ])
    expect(new Set(heard).size).toBe(heard.length)

    // So does the record.
    const record = (await lines(it, 'record.jsonl')).map((line) => JSON.parse(line) as Recorded)
    const ofDies = record.filter(
      ({ file, kind }) => file === 'dies.test.ts' && kind !== 'collected' && kind !== 'touch',
    )
    expect(
      ofDies.map((it) => [
        it.kind,
        it.event ?? it.titlePath?.at(-1),
        it.outcome ?? it.detail,
        it.retry,
      ]),
    ).toEqual([
      ['attempt', 'before', 'passed', 0],
      [
        'worker',
        'crash',
        'signal SIGKILL, from outside: often the system, when memory is short',
        undefined,
      ],
      ['attempt', 'dies', 'crashed', 0],
      [
        'worker',
        'requeue',
        'signal SIGKILL, from outside: often the system, when memory is short',
        undefined,
      ],
      ['attempt', 'dies', 'passed', 1],
      ['attempt', 'after', 'passed', 0],
    ])

    // Other lane, other process.
    const tries = (await lines(it, 'lanes-of-dies')).map((line) => line.split(' '))
    expect(new Set(tries.flat()).size).toBe(4)

    // Vitest's own result has it too.
    const { testResults } = JSON.parse(await readFile(join(it.dir, '../result.json'), 'utf8')) as {
      testResults: { assertionResults: { fullName: string; meta: object }[] }[]
    }
    const all = testResults.flatMap(({ assertionResults }) => assertionResults)
    expect(all.find(({ fullName }) => fullName === 'group dies')?.meta).toEqual({
      isolaneCrashes: ['signal SIGKILL, from outside: often the system, when memory is short'],
    })
    expect(await it.leftovers()).toEqual([])
  },
)

test('a file that crashes again fails with one clear message, and the others run on', async () => {
  const it = await project({
    ...config(),
    'always.test.ts': `
      import { describe, test } from 'vitest'
      test('before', () => {})
      describe('group', () => {
        test('dies', () => { console.error('last words'); process.reallyExit(9) })
        test('never', () => {})
      })
    `,
    'loads.test.ts':
      "import { test } from 'vitest'\nprocess.reallyExit(3)\ntest('never', () => {})",
    'exit.test.ts':
      "import { test } from 'vitest'\ntest('calls process.exit', () => { process.exit(1) })",
    'memory.test.ts': `
      import { test } from 'vitest'
      test('takes all memory', () => { const all = []; for (;;) all.push(new Array(1000).fill(Math.random())) })
    `,
    'fine.test.ts': "import { test } from 'vitest'\ntest('fine', () => {})",
  })
  const { exitCode, passed, failures, output } = await it.run(
    '--maxWorkers=2',
    '--execArgv=--max-old-space-size=60',
  )
  expect({ exitCode, passed, failures: failures.toSorted() }, output).toEqual({
    exitCode: 1,
    passed: 2,
    failures: ['calls process.exit', 'group dies', 'takes all memory'],
  })
  const message = (of: string): string | undefined =>
    new RegExp(`FAIL {2}${of}.*\\n(IsolaneError: [^]*?Hint: .*)`).exec(output)?.[1]
  expect(message('always.test.ts > group > dies')).toMatchInlineSnapshot(`
    "IsolaneError: The worker crashed 2 times, the last time in "group > dies" (always.test.ts): exit code 9.
    Hint: look for what ends the process in the test or in what it imports, and run it alone: npx vitest run --pool=isolated always.test.ts"
  `)
  expect(message('loads.test.ts')).toMatchInlineSnapshot(`
    "IsolaneError: The worker crashed 2 times, the last time while loads.test.ts was loaded: exit code 3.
    Hint: look for what ends the process in the test or in what it imports, and run it alone: npx vitest run --pool=isolated loads.test.ts"
  `)
  expect(message('memory.test.ts')).toMatch(
    /out of memory: its JavaScript heap reached its limit\.\n[^]*Hint: raise the limit with test\.execArgv/,
  )
  expect(output).not.toContain('Unhandled Error')
  const heard = await lines(it, 'heard')
  expect(heard.filter((line) => line.endsWith('always.test.ts')).toSorted()).toEqual([
    'collected always.test.ts',
    'end always.test.ts',
    'queued always.test.ts',
    'start always.test.ts',
  ])
  expect(await it.leftovers()).toEqual([])
})

test('with isolate: false and one worker, only what had not run yet runs again', async () => {
  const named = (name: string, dies: string): string => `
    import { test } from 'vitest'
    import { first } from './once.ts'
    test('${name}', () => { const one = first('${name}'); ${dies} })
  `
  const it = await project({
    ...config('{ crash: { requeue: 1 } }', 'isolate: false, maxWorkers: 1'),
    'a.test.ts': named('a', ''),
    'b.test.ts': named('b', "if (one) process.kill(process.pid, 'SIGKILL')"),
    'c.test.ts': named('c', 'process.reallyExit(5)'),
    'd.test.ts': named('d', ''),
  })
  const { exitCode, passed, failures, output } = await it.run()
  expect({ exitCode, passed, failures }, output).toEqual({
    exitCode: 1,
    passed: 3,
    failures: ['c'],
  })
  const heard = await lines(it, 'heard')
  expect(new Set(heard).size).toBe(heard.length)
  const runs = await Promise.all(
    ['a', 'b', 'c', 'd'].map(async (name) => (await lines(it, `lanes-of-${name}`)).length),
  )
  expect(runs).toEqual([1, 2, 2, 1])
  expect(await it.leftovers()).toEqual([])
})

test('a test that passed and fails when its file runs again is a failure', async () => {
  const it = await project({
    ...config(),
    'turns.test.ts': `
      import { expect, test } from 'vitest'
      import { first, untilHeard } from './once.ts'
      const one = first('turns')
      test('turns', () => { expect(one).toBe(true) })
      test('dies', async () => {
        await untilHeard('passed turns')
        if (one) process.kill(process.pid, 'SIGKILL')
      })
    `,
  })
  const { exitCode, passed, failures, output } = await it.run()
  expect({ exitCode, passed, failures }, output).toEqual({
    exitCode: 1,
    passed: 1,
    failures: ['turns'],
  })
})

test.for(versions)(
  'Vitest %s: failOnCrash makes the run red, requeue: 0 fails the file at once, most caps all of them',
  async (version) => {
    const dies = (name: string): Record<string, string> => ({
      [`${name}.test.ts`]: `
      import { test } from 'vitest'
      import { first } from './once.ts'
      test('${name}', () => { if (first('${name}')) process.reallyExit(7) })
    `,
    })
    const it = await project({ ...config('{ failOnCrash: true }'), ...dies('a') }, {}, [], version)
    const red = await it.run()
    expect({ exitCode: red.exitCode, passed: red.passed }, red.output).toEqual({
      exitCode: 1,
      passed: 1,
    })
    expect(red.output).toMatch(
      /Crash .*\nIsolaneError: A worker crashed in "a" \(a\.test\.ts\): exit code 7\./,
    )
    await it.write({ ...config('{ crash: { requeue: 0 } }'), ...dies('b') })
    const once = await it.run()
    expect({ exitCode: once.exitCode, failures: once.failures }, once.output).toEqual({
      exitCode: 1,
      failures: ['b'],
    })
    await it.write({ ...config('{ crash: { most: 1 } }'), ...dies('c'), ...dies('d') })
    const capped = await it.run('--maxWorkers=1')
    expect(capped.failures, capped.output).toHaveLength(1)
    expect(capped.output.match(/The file runs again/g)).toHaveLength(1)
  },
)

test('coverage has the numbers of a run without a crash', async () => {
  const it = await project({
    ...config(
      '{}',
      "isolate: false, maxWorkers: 1, coverage: { enabled: true, provider: 'custom', customProviderModule: './counting.js' }",
    ),
    'counting.js': countingCoverage,
    'sum.js': 'export function sum(a, b) { return a + b }',
    'a.test.ts': `
      import { expect, test } from 'vitest'
      import { sum } from './sum.js'
      test('a', () => { expect(sum(1, 1)).toBe(2) })
    `,
    'b.test.ts': `
      import { existsSync } from 'node:fs'
      import { expect, test } from 'vitest'
      import { first } from './once.ts'
      import { sum } from './sum.js'
      test('b', () => {
        expect(sum(1, 1)).toBe(2)
        if (existsSync('deadly') && first('b')) process.reallyExit(7)
      })
    `,
  })
  const counted = async (): Promise<unknown> => {
    const { exitCode, passed, output } = await it.run()
    expect({ exitCode, passed }, output).toEqual({ exitCode: 0, passed: 2 })
    const [, counts = ''] = /^counted (.*)$/m.exec(output) ?? []
    const files = JSON.parse(counts) as [string, [string, number[]][]][]
    return files.map(([file, functions]) => [file, functions.filter(([name]) => name === 'sum')])
  }
  const without = await counted()
  expect(without).toEqual([
    ['a.test.ts', [['sum', [1]]]],
    ['b.test.ts', [['sum', [1]]]],
  ])
  await it.write({ deadly: '' })
  expect(await counted()).toEqual(without)
  expect(await lines(it, 'lanes-of-b')).toHaveLength(2)
})
