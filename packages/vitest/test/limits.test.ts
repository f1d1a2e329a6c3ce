import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isolated } from '@isolane/vitest'
import { describe, expect, test } from 'vitest'
import { project, versions } from './support/project.ts'
import type { Project } from './support/project.ts'

/** Notes in `log.jsonl` when a file begins and ends. Vitest hands out the largest file first: `bytes` orders them. */
const file = (name: string, bytes: number, body = ''): string => `
  import { appendFileSync, readFileSync } from 'node:fs'
  import { test } from 'vitest'
  const log = new URL('${name.includes('/') ? '../' : './'}log.jsonl', import.meta.url)
  const note = (event) => appendFileSync(log, JSON.stringify({ event, file: '${name}', pid: process.pid,
    slot: process.env.VITEST_POOL_ID, same: process.env.ISOLANE_SLOT === process.env.VITEST_POOL_ID }) + '\\n')
  const ended = (names) => names.every((name) => readFileSync(log, 'utf8').includes('"end","file":"' + name + '"'))
  const begun = (name) => readFileSync(log, 'utf8').includes('"begin","file":"' + name + '"')
  const until = async (condition) => {
    const deadline = Date.now() + 80_000
    while (!condition()) {
      if (Date.now() > deadline) throw new Error('waited in vain')
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }
  test('${name}', { timeout: 90_000 }, async () => {
    note('begin')
    ${body}
    note('end')
  })
  // ${'x'.repeat(bytes)}
`

interface Note {
  readonly event: 'begin' | 'end'
  readonly file: string
  readonly pid: number
  readonly slot: string
  readonly same: boolean
}

async function notes(it: Project): Promise<Note[]> {
  const text = await readFile(join(it.dir, 'log.jsonl'), 'utf8')
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Note)
}

/** The most files that ran at once, of those that `counts` counts. */
function mostAtOnce(notes: readonly Note[], counts: (file: string) => boolean): number {
  let now = 0
  let most = 0
  for (const { event, file } of notes) {
    if (!counts(file)) continue
    now += event === 'begin' ? 1 : -1
    most = Math.max(most, now)
  }
  return most
}

const isLegacy = (name: string): boolean => name.startsWith('legacy/')
const legacy = [1, 2, 3, 4].map((number) => `legacy/l${number}`)
const free = [1, 2, 3, 4, 5].map((number) => `u${number}`)

/** The first legacy file ends only when every other file has run: a worker that stood idle for the limit would stop all. */
const files: Readonly<Record<string, string>> = Object.fromEntries([
  ...legacy.map((name, at) => [
    `${name}.test.ts`,
    file(
      name,
      5_000 - at * 500,
      at === 0 ? `await until(() => ended(${JSON.stringify(free)}))` : '',
    ),
  ]),
  ...free.map((name) => [`${name}.test.ts`, file(name, 1)]),
])

// `cacheDir`: else Vitest orders files by how long those of other projects of this name took.
const config = (options: string, test = ''): Readonly<Record<string, string>> => ({
  'vitest.config.ts': `
    import { isolated } from '@isolane/vitest'
    import { defineConfig } from 'vitest/config'
    import { lanes } from './lanes.ts'
    export default defineConfig({ cacheDir: '.cache', plugins: [isolated(lanes, ${options})], test: { include: ['**/*.test.ts'], ${test} } })
  `,
})

describe('limits', { timeout: 120_000 }, () => {
  test.for(['--isolate', '--no-isolate'])(
    'files of one limit take turns, and no worker stands idle for it, with %s',
    async (isolate) => {
      const it = await project({ ...files, ...config("{ limits: { 'legacy/**': 1 } }") })
      const { exitCode, passed, output } = await it.run('--maxWorkers=2', isolate)
      expect({ exitCode, passed }, output).toEqual({ exitCode: 0, passed: 9 })
      const log = await notes(it)
      expect(mostAtOnce(log, isLegacy)).toBe(1)
      expect(mostAtOnce(log, () => true)).toBe(2)
      // In Vitest's order, as far as the limit lets them.
      const begun = log.filter(({ event }) => event === 'begin').map(({ file }) => file)
      expect(begun.filter(isLegacy)).toEqual(legacy)
      expect(begun.slice(0, 1 + free.length).toSorted()).toEqual(['legacy/l1', ...free])
      expect(new Set(log.map(({ slot }) => slot))).toEqual(new Set(['1', '2']))
      expect(log.every(({ same }) => same)).toBe(true)
      expect(new Set(log.map(({ pid }) => pid)).size).toBe(isolate === '--isolate' ? 9 : 2)
      expect(await it.leftovers()).toEqual([])
    },
  )

  test('workers that are kept for files of several environments stay as many as wanted', async () => {
    // Not in one piece: Vitest would read it in this file.
    const docblock = ['vitest', 'environment', 'options'].join('-')
    // When a1 has ended, its worker is kept for a2, which waits for b1: and that needs another environment.
    const names = ['a1', 'b1', 'c1', 'c2', 'a2', 'c3']
    const it = await project({
      ...Object.fromEntries(
        names.map((name, at) => [
          `${name}.test.ts`,
          `// @${docblock} { "name": "${name.charAt(0)}" }\n${file(
            name,
            5_000 - at * 500,
            name === 'c1' ? "await until(() => begun('b1'))" : '',
          )}`,
        ]),
      ),
      ...config("{ limits: { '{a,b}*': 1 } }"),
    })
    const { exitCode, passed, output } = await it.run('--maxWorkers=2', '--no-isolate')
    expect({ exitCode, passed }, output).toEqual({ exitCode: 0, passed: 6 })
    const log = await notes(it)
    expect(mostAtOnce(log, (name) => !name.startsWith('c'))).toBe(1)
    expect(log.find((note) => note.file === 'b1')?.pid).not.toBe(
      log.find((note) => note.file === 'a1')?.pid,
    )
    // A worker has its slot until it ends.
    expect(log.map(({ slot }) => slot).filter((slot) => slot !== '1' && slot !== '2')).toEqual([])
    expect(await it.leftovers()).toEqual([])
  })

  test('one limit for the files of several projects, each on workers of its own', async () => {
    const it = await project({
      ...files,
      'vitest.config.ts': `
        import { defineLanes, port } from '@isolane/core'
        import { isolated } from '@isolane/vitest'
        import { defineConfig } from 'vitest/config'
        const lanes = defineLanes({ port: port() })
        const project = (name, include, most) => ({
          plugins: [isolated(lanes, { limits: { 'legacy/**': most } })],
          test: { name, include, pool: 'isolated' },
        })
        export default defineConfig({ cacheDir: '.cache', test: { projects: [
          project('a', ['legacy/l1.test.ts', 'legacy/l2.test.ts'], 1),
          project('b', ['legacy/l3.test.ts', 'legacy/l4.test.ts', 'u*.test.ts'], 2),
        ] } })
      `,
    })
    const { exitCode, passed, output } = await it.run('--maxWorkers=3')
    expect({ exitCode, passed }, output).toEqual({ exitCode: 0, passed: 9 })
    const log = await notes(it)
    expect(mostAtOnce(log, isLegacy)).toBe(1)
    expect(mostAtOnce(log, () => true)).toBeLessThanOrEqual(3)
    expect(log.findLast(({ event }) => event === 'end')?.file).toMatch(/^legacy/)
    expect(await it.leftovers()).toEqual([])
  })

  test.for(versions)(
    'Vitest %s: a project on another pool beside them keeps workers waiting, which is said once',
    async (version) => {
      const it = await project(
        {
          'legacy/l1.test.ts': file('legacy/l1', 1),
          'legacy/l2.test.ts': file('legacy/l2', 1),
          'u1.test.ts': file('u1', 1).replace(/same: [^}]*/, 'same: true '),
          'vitest.config.ts': `
        import { isolated } from '@isolane/vitest'
        import { defineConfig } from 'vitest/config'
        import { lanes } from './lanes.ts'
        export default defineConfig({ cacheDir: '.cache', test: { projects: [
          { plugins: [isolated(lanes, { limits: { 'legacy/**': 1 } })],
            test: { name: 'a', include: ['legacy/*.test.ts'], pool: 'isolated' } },
          { test: { name: 'plain', include: ['u*.test.ts'], pool: 'forks' } },
        ] } })
      `,
        },
        {},
        [],
        version,
      )
      const { child, output, ended } = it.start('run', '--maxWorkers=2')
      await ended
      expect(child.exitCode, output()).toBe(0)
      expect(output().split('isolane: with limits').slice(1)).toEqual([
        expect.stringMatching(
          /^, workers may stand idle: project "plain" runs beside them on another pool\. Give it a sequence\.groupOrder of its own\.\n/,
        ),
      ])
      expect(mostAtOnce(await notes(it), isLegacy)).toBe(1)
    },
  )

  test('a worker that dies and a run that ends early free the limit', async () => {
    const kill = "process.kill(process.pid, 'SIGKILL')"
    const it = await project({
      'legacy/l1.test.ts': file('legacy/l1', 900, kill),
      'legacy/l2.test.ts': file('legacy/l2', 600, "throw new Error('no')"),
      'legacy/l3.test.ts': file('legacy/l3', 300),
      'legacy/l4.test.ts': file('legacy/l4', 1),
      ...config("{ limits: { 'legacy/**': 1, 'legasy/**': 1, '**/l1.*': 1 } }"),
    })
    const all = await it.run('--maxWorkers=2')
    expect(all, all.output).toMatchObject({
      exitCode: 1,
      passed: 2,
      failures: ['legacy/l1', 'legacy/l2'],
    })
    await it.write({ 'legacy/l1.test.ts': file('legacy/l1', 1) })
    const bailed = await it.run('--maxWorkers=2', '--bail=1', 'l2', 'l3', 'l4')
    // Of a limit for none of the files of this run nothing is said, when there are others.
    expect(bailed.output.match(/^isolane: limits.*$/gm)).toEqual([
      'isolane: limits: no test file of the project matches "legasy/**".',
    ])
    expect(bailed, bailed.output).toMatchObject({ exitCode: 1, failures: ['legacy/l2'] })
    // Vitest knows of the files that waited, as of those it has not handed out.
    expect(bailed.output).toContain('Test Files  1 failed (3)')
    expect(await it.leftovers()).toEqual([])
  })
})

test.for<[unknown, string]>([
  [
    { 'legacy/**': 0 },
    `isolated.limits["legacy/**"] must be a whole number from 1 up; received 0.
Hint: write 1 to run these files one after another; leave the glob out for no limit.`,
  ],
  [
    { 'legacy/**': '1' },
    `isolated.limits["legacy/**"] must be a whole number from 1 up; received "1".
Hint: write 1 to run these files one after another; leave the glob out for no limit.`,
  ],
  [
    { '../other/**': 1 },
    `isolated.limits["../other/**"] is not a glob of files below the project's root.
Hint: globs start at the project's root, for example { 'legacy/**': 1 }.`,
  ],
  [
    ['legacy/**'],
    `isolated.limits must be an object of globs with numbers, received an array.
Hint: write { 'legacy/**': 1 } to run one of these files at a time.`,
  ],
])('wrong limits: %j', ([limits, message]) => {
  expect(() => isolated(undefined, { limits } as never)).toThrow(message)
})
