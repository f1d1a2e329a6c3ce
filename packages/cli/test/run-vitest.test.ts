import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { commands, runProject } from './support/run-project.ts'

const vitest = [...commands.vitest, 'run']

/** A test file as people write it: a fixed port, and a database by a relative path. */
const serial = `
  import { createServer } from 'node:http'
  import { existsSync, readFileSync, writeFileSync } from 'node:fs'
  import { setTimeout } from 'node:timers/promises'
  import { expect, test } from 'vitest'
  test('serves what it has stored', async () => {
    expect(existsSync('test.db')).toBe(false)
    writeFileSync('test.db', String(process.pid))
    const server = createServer((_, response) => response.end(readFileSync('test.db')))
    await new Promise((resolve, reject) => server.on('error', reject).listen(3000, '127.0.0.1', resolve))
    // Long enough that files which run side by side do meet.
    await setTimeout(300)
    expect(await (await fetch('http://127.0.0.1:3000')).text()).toBe(String(process.pid))
    server.close()
  })
`
const four = Object.fromEntries([1, 2, 3, 4].map((n) => [`t${n}.test.js`, serial]))

test('files that share a port and a database pass side by side, unchanged', async () => {
  const it = await runProject({
    ...four,
    'vitest.config.js': 'export default { test: { fileParallelism: false } }',
  })
  const outside = await it.plain([...vitest, '--fileParallelism', '--maxWorkers=4'])
  expect(outside.stdout).toMatch(/Tests {2}[34] failed/)
  await rm(join(it.dir, 'test.db'))
  const inside = await it.isolane('--workers', '4', '--', ...vitest)
  expect(inside.stdout).toMatch(/Tests {2}4 passed \(4\)/)
  expect(inside.said).toMatchInlineSnapshot(`
    [
      "every worker runs in a sandbox with network, files and processes of its own; project: <project>",
      "4 workers at a time instead of 1 (fileParallelism: false).",
      "the sandbox kept apart port 3000 (4 workers) and test.db (4 workers): why this suite fails in parallel without it.",
    ]
  `)
  expect(inside.exitCode).toBe(0)
  expect(await it.files()).toEqual(['package.json', ...Object.keys(four), 'vitest.config.js'])
  const report = await it.report()
  expect(report.format).toBe('isolane.sandbox/1')
  expect(report.workers.map(({ slot }) => slot).toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4])
  expect(report.files.map(({ file }) => file).toSorted()).toEqual(Object.keys(four))
  for (const { written } of report.files)
    expect(written.map(({ path }) => path)).toEqual(['test.db'])
  expect(await it.gone()).toEqual([])
})

test('services of the main process are reached from inside, and named at the end', async () => {
  const it = await runProject({
    'setup.js': `
      import { createServer } from 'node:http'
      export default async () => {
        const server = createServer((_, response) => response.end('from outside'))
        await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
        process.env.SERVICE = 'http://127.0.0.1:' + server.address().port
        return () => server.close()
      }
    `,
    'a.test.js': `
      import { expect, test } from 'vitest'
      test('asks', async () => expect(await (await fetch(process.env.SERVICE)).text()).toBe('from outside'))
    `,
    'vitest.config.js': `export default { test: { globalSetup: 'setup.js' } }`,
  })
  const { exitCode, said } = await it.isolane('--', ...vitest)
  expect(exitCode).toBe(0)
  expect(said.at(-1)).toMatch(/^shared with all workers: 127\.0\.0\.1:\d+/)
})

test('a module that a test writes is not seen by Vite: the error says so, --writable lets it', async () => {
  const it = await runProject({
    'a.test.js': `
      import { mkdirSync, writeFileSync } from 'node:fs'
      import { expect, test } from 'vitest'
      test('imports what it has written', async () => {
        mkdirSync('out', { recursive: true })
        writeFileSync('out/made.js', 'export default 1')
        expect((await import('./out/made.js')).default).toBe(1)
      })
    `,
  })
  const without = await it.isolane('--', ...vitest)
  expect(without.exitCode).toBe(1)
  expect(without.stderr).toContain(
    "Error: Module '/out/made.js' is in the sandbox of its test alone: Vite, outside, does not see it.\n" +
      'Hint: isolane run --writable out shares such files.\n',
  )
  expect((await it.isolane('--writable', 'out', '--', ...vitest)).exitCode).toBe(0)
  expect(await it.files()).toEqual(['a.test.js', 'out/made.js', 'package.json'])
})

test('projects with and without parallelism run together', async () => {
  const it = await runProject({
    'one/a.test.js': serial,
    'one/b.test.js': serial,
    'two/c.test.js': serial,
    'vitest.config.js': `export default { test: { projects: [
      { test: { name: 'one', root: 'one', fileParallelism: false } },
      { test: { name: 'two', root: 'two', pool: 'threads' } },
    ] } }`,
  })
  const { exitCode, stdout, said } = await it.isolane('--workers', '3', '--', ...vitest)
  expect(stdout).toMatch(/Tests {2}3 passed/)
  expect(exitCode).toBe(0)
  expect(said).toContain('pool forks instead of threads: only a process can have a sandbox.')
})

test.for(['v8', 'istanbul', 'v8 --no-isolate', 'istanbul --no-isolate', 'v8 --shard=1/2'])(
  'coverage of %s has the same numbers as outside',
  async (text) => {
    const [provider, ...args] = text.split(' ')
    const calls = (times: number): string => `
    import { test } from 'vitest'
    import { own } from './own.js'
    test('calls', () => { for (let i = 0; i < ${times}; i++) own(i) })
  `
    const it = await runProject({
      'own.js': `
      export function own(a) { if (a > 100) { return 0 } return a }
      export function other() {}
    `,
      'a.test.js': calls(1),
      'b.test.js': calls(2),
      'vitest.config.js': `export default { test: { maxWorkers: 2, coverage: {
      enabled: true, provider: '${provider}', include: ['own.js'], reporter: ['json', 'text-summary'] } } }`,
    })
    const command = [...vitest, ...args]
    const counts = async (): Promise<unknown> =>
      Object.values(
        JSON.parse(await it.read('coverage/coverage-final.json')) as Record<
          string,
          { readonly s: object; readonly f: object; readonly b: object }
        >,
      ).map(({ s, f, b }) => [s, f, b])
    const outside = await it.plain(command)
    const expected = await counts()
    const inside = await it.isolane('--', ...command)
    expect(await counts()).toEqual(expected)
    const functions = ({ stdout }: { stdout: string }): string | undefined =>
      /^Functions .*$/m.exec(stdout)?.[0]
    expect(functions(outside)).toBe('Functions    : 50% ( 1/2 )')
    expect(functions(inside)).toBe(functions(outside))
    expect(inside.exitCode, inside.stderr).toBe(0)
  },
)
