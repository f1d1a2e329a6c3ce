import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { isolated } from '@isolane/vitest'
import { expect, onTestFinished, test } from 'vitest'
import { project } from './support/project.ts'
import { until } from './support/until.ts'

const mib = 2 ** 20
const memory = 'sys/fs/cgroup/memory.current'

/** A machine of two cores and 4 GiB on which nothing else runs: where the runs look for `proc` and `sys`. */
async function machine(): Promise<{ root: string; use: (bytes: number) => void }> {
  const root = await mkdtemp(join(tmpdir(), 'isolane-machine-'))
  onTestFinished(() => rm(root, { recursive: true }))
  const write = (name: string, text: string): void => {
    mkdirSync(dirname(join(root, name)), { recursive: true })
    writeFileSync(join(root, name), text)
  }
  write('proc/self/mountinfo', '30 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n')
  write('proc/self/cgroup', '0::/\n')
  write('proc/meminfo', 'MemAvailable: 99999999 kB\n')
  write('sys/fs/cgroup/cpu.max', '200000 100000\n')
  write('sys/fs/cgroup/memory.max', String(4096 * mib))
  const use = (bytes: number): void => write(memory, String(bytes))
  use(0)
  return { root, use }
}

/** Notes when it begins and ends, and ends when the file `go` exists, or that of its own name. */
const file = (name: string): string => `
  import { appendFileSync, existsSync } from 'node:fs'
  import { test } from 'vitest'
  test('${name}', { timeout: 100_000 }, async () => {
    appendFileSync('log', 'begin ${name}\\n')
    while (!existsSync('go') && !existsSync('go-${name}')) await new Promise((resolve) => setTimeout(resolve, 5))
    appendFileSync('log', 'end ${name}\\n')
  })
`
const files = (names: readonly string[]): Readonly<Record<string, string>> => ({
  ...Object.fromEntries(names.map((name) => [`${name}.test.ts`, file(name)])),
  'vitest.config.ts': `
    import { isolated } from '@isolane/vitest'
    import { defineConfig } from 'vitest/config'
    import { lanes } from './lanes.ts'
    export default defineConfig({ cacheDir: '.cache', plugins: [isolated(lanes, { maxWorkers: 'auto' })],
      test: { include: ['**/*.test.ts'], pool: 'isolated' } })
  `,
})

/** Files that run now, in the order in which they began. */
async function running(dir: string): Promise<string[]> {
  const lines = (await readFile(join(dir, 'log'), 'utf8').catch(() => '')).split('\n')
  const ended = new Set(
    lines.filter((line) => line.startsWith('end ')).map((line) => line.slice(4)),
  )
  return lines
    .filter((line) => line.startsWith('begin '))
    .map((line) => line.slice(6))
    .filter((name) => !ended.has(name))
}

const told = (output: string): string[] =>
  output
    .split('\n')
    .filter((line) => /^isolane: \d+ workers? /.test(line))
    .map((line) => line.replace(/pid \d+ in .*\)/, '<other>)'))

test.skipIf(availableParallelism() < 2)(
  'two runs share the cores, and the one that stays has them all again',
  { timeout: 120_000 },
  async () => {
    const { root } = await machine()
    const env = { ISOLANE_MACHINE: root }
    const one = await project(files(['a', 'b', 'c', 'd', 'e', 'f']), env)
    const two = await project(files(['x', 'y']), { ...env, ISOLANE_CACHE_DIR: one.cacheDir })
    const first = one.start('run', '--maxWorkers=2')
    await until('two files run', async () => (await running(one.dir)).length === 2, first.output)
    const second = two.start('run', '--maxWorkers=2')
    await until('the other runs', async () => (await running(two.dir)).length === 1, second.output)
    const shared = 'isolane: 1 worker instead of 2: it shares 2 cores with another run (<other>).'
    await until('the first makes room', () => told(first.output()).length === 1, first.output)
    expect([told(first.output()), told(second.output())]).toEqual([[shared], [shared]])

    // Of the two that ended one has a successor.
    const [ended, stays] = await running(one.dir)
    await one.write({ [`go-${ended}`]: '' })
    await until('one has ended', async () => (await running(one.dir)).length === 1, first.output)
    expect(await running(one.dir)).toEqual([stays])
    await one.write({ [`go-${stays}`]: '' })
    await until(
      'the next one',
      async () =>
        (await running(one.dir)).length === 1 && !(await running(one.dir)).includes(stays ?? ''),
      first.output,
    )
    expect((await running(two.dir)).length).toBe(1)

    await two.write({ go: '' })
    await second.ended
    expect(second.child.exitCode, second.output()).toBe(0)
    await until(
      'two files run again',
      async () => (await running(one.dir)).length === 2,
      first.output,
    )
    await one.write({ go: '' })
    await first.ended
    expect(first.child.exitCode, first.output()).toBe(0)
    expect(told(first.output())).toEqual([shared, 'isolane: 2 workers again.'])
    expect(await one.leftovers()).toEqual([])
  },
)

test.skipIf(availableParallelism() < 2)(
  'fewer while memory is short, also with one worker for several files; one runs in any case',
  { timeout: 120_000 },
  async () => {
    const { root, use } = await machine()
    const it = await project(files(['a', 'b', 'c', 'd', 'e']), { ISOLANE_MACHINE: root })
    const run = it.start('run', '--maxWorkers=2', '--no-isolate')
    await until('two files run', async () => (await running(it.dir)).length === 2, run.output)
    use(4000 * mib)
    await until('it is told', () => told(run.output()).length === 1, run.output)
    const [ended, stays] = await running(it.dir)
    await it.write({ [`go-${ended}`]: '', [`go-${stays}`]: '' })
    await until(
      'the next one',
      async () =>
        (await running(it.dir)).filter((name) => name !== ended && name !== stays).length === 1,
      run.output,
    )
    expect(await running(it.dir)).toHaveLength(1)
    use(0)
    await until('two files run again', async () => (await running(it.dir)).length === 2, run.output)
    await it.write({ go: '' })
    await run.ended
    expect(run.child.exitCode, run.output()).toBe(0)
    expect(told(run.output())).toEqual([
      'isolane: 1 worker instead of 2: 96 MiB of memory are left.',
      'isolane: 2 workers again.',
    ])
    expect(await it.leftovers()).toEqual([])
  },
)

function removed(path: string): boolean {
  try {
    rmdirSync(path)
    return true
  } catch {
    return false
  }
}

/** A command that runs another in a control group of one core; undefined where none can be made. */
function oneCore(): readonly string[] | undefined {
  const path = `/sys/fs/cgroup/cpu/isolane-vitest-${process.pid}`
  try {
    if (!/^\d+:cpu:\/$/m.test(readFileSync('/proc/self/cgroup', 'utf8'))) return undefined
    mkdirSync(path)
    onTestFinished(async () => {
      await until('the group is empty', () => removed(path))
    })
    writeFileSync(join(path, 'cpu.cfs_quota_us'), '100000')
    return ['sh', '-c', 'echo $$ > "$0/cgroup.procs" && exec "$@"', path]
  } catch {
    return undefined
  }
}

test('a real control group of one core has one worker', async ({ skip }) => {
  const within = oneCore()
  if (within === undefined) return skip('this machine lets nobody make one')
  const it = await project({ ...files(['a', 'b', 'c']), go: '' }, {}, within)
  const { exitCode, passed, output } = await it.run('--maxWorkers=3')
  expect({ exitCode, passed }, output).toEqual({ exitCode: 0, passed: 3 })
  expect(told(output)).toEqual(['isolane: 1 worker instead of 3: it may use 1 core.'])
  const log = (await readFile(join(it.dir, 'log'), 'utf8')).trim().split('\n')
  expect(log.map((line) => line.split(' ')[0])).toEqual([
    'begin',
    'end',
    'begin',
    'end',
    'begin',
    'end',
  ])
  await it.nothingLeft(() => output)
})

test('maxWorkers takes no number', () => {
  expect(() => isolated(undefined, { maxWorkers: 4 } as never)).toThrow(
    "isolated.maxWorkers must be 'auto'; received 4.\nHint: set a number in Vitest's own test.maxWorkers.",
  )
})
