import { execFileSync } from 'node:child_process'
import { basename } from 'node:path'
import { expect, test } from 'vitest'
import { commands, runProject } from './support/run-project.ts'

const files = {
  'sum.js': 'export const sum = (a, b) => a + b',
  'a.test.js': `
    import { expect, test } from 'vitest'
    import { sum } from './sum.js'
    test('adds', () => expect(sum(1, 2)).toBe(3))
    test('fails', () => expect(sum(1, 2)).toBe(4))
    test('comes after', () => {})
  `,
  'b.test.js': `
    import { expect, test } from 'vitest'
    test('needs a second try', () => { globalThis.tries = (globalThis.tries ?? 0) + 1; expect(tries).toBe(2) })
    test.skip('skipped', () => {})
    test.todo('to do')
  `,
  'c.test.js': `
    import { test } from 'vitest'
    import { isMainThread } from 'node:worker_threads'
    test('passes', () => { if (!isMainThread) throw new Error('a thread') })
  `,
}

/** Every test with its outcome, from the report of Vitest's reporter `json`. */
function outcomes(text: string): readonly string[] {
  const report = JSON.parse(text) as {
    testResults: { name: string; assertionResults: { fullName: string; status: string }[] }[]
  }
  return report.testResults
    .flatMap(({ name, assertionResults }) =>
      assertionResults.map(({ fullName, status }) => `${basename(name)} ${fullName}: ${status}`),
    )
    .toSorted()
}

test.for([
  '--shard=2/3',
  '--no-isolate --retry=1',
  '--bail=1 --workers=1',
  '-t adds',
  '--pool=vmForks',
  '--changed',
])('vitest run %s has the same outcomes as outside', async (text) => {
  const it = await runProject(files)
  const args = text.split(' ')
  if (args.includes('--changed')) {
    const git = (...words: string[]): unknown => execFileSync('git', words, { cwd: it.dir })
    git('init', '--quiet')
    git('add', '.')
    git('-c', 'user.name=a', '-c', 'user.email=a@b', 'commit', '--quiet', '-m', 'begin')
    await it.write({ 'sum.js': 'export const sum = (a, b) => b + a' })
  }
  const ours = args.filter((arg) => arg.startsWith('--workers'))
  const command = [
    ...commands.vitest,
    'run',
    '--reporter=json',
    ...args.filter((arg) => !ours.includes(arg)),
    ...(ours.length > 0 ? ['--maxWorkers=1'] : []),
  ]
  const [outside, inside] = await Promise.all([
    it.plain([...command, '--outputFile=outside.json']),
    it.isolane(...ours, '--', ...command, '--outputFile=inside.json'),
  ])
  const expected = outcomes(await it.read('outside.json'))
  expect(outcomes(await it.read('inside.json'))).toEqual(expected)
  expect(expected.length).toBeGreaterThan(0)
  expect(inside.exitCode).toBe(outside.exitCode)
})

test.for(['list', 'list --filesOnly', 'run nothing-of-that-name'])(
  'vitest %s prints and ends as outside',
  async (text) => {
    const it = await runProject(files)
    const command = [...commands.vitest, ...text.split(' ')]
    const [outside, inside] = await Promise.all([it.plain(command), it.isolane('--', ...command)])
    expect(inside.stdout).toBe(outside.stdout)
    expect(inside.exitCode).toBe(outside.exitCode)
  },
)

test.for(['threads', 'vmThreads'])('pool %s becomes one of processes', async (pool) => {
  const it = await runProject({ 'c.test.js': files['c.test.js'] })
  expect((await it.plain([...commands.vitest, 'run', `--pool=${pool}`])).exitCode).toBe(1)
  const { exitCode, said } = await it.isolane('--', ...commands.vitest, 'run', `--pool=${pool}`)
  const instead = pool === 'threads' ? 'forks' : 'vmForks'
  expect(said).toContain(`pool ${instead} instead of ${pool}: only a process can have a sandbox.`)
  expect(exitCode).toBe(0)
})
