import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { project, versions } from './support/project.ts'

/** Notes in `log` when a file begins and ends, and ends only when other notes are there. */
const file = (name: string, ...after: string[]): string => `
  import { appendFileSync, readFileSync } from 'node:fs'
  import { test } from 'vitest'
  test('${name}', { timeout: 60_000 }, async () => {
    appendFileSync('log', 'begin ${name}\\n')
    const log = () => readFileSync('log', 'utf8')
    while (!${JSON.stringify(after)}.every((other) => log().includes(other + '\\n')))
      await new Promise((resolve) => setTimeout(resolve, 10))
    appendFileSync('log', 'end ${name}\\n')
  })
`

const lists = `
  import { accounts, defineLanes, tempDir } from '@isolane/core'
  const list = (...names) => accounts({ roles: { user: { list: names.map((name) => ({ email: name + '@shop.test', password: 'x' })) } } })
  export const two = defineLanes({ accounts: list('ada', 'bob') })
  export const one = defineLanes({ accounts: list('eve') })
  export const many = defineLanes({ tempDir: tempDir() })
`

const config = (...projects: string[]): string => `
  import { isolated } from '@isolane/vitest'
  import { ByName } from './by-name.ts'
  import { many, one, two } from './lists.ts'
  export default { test: { sequence: { sequencer: ByName }, maxWorkers: 4, projects: [${projects.join(', ')}] } }
`

const on = (name: string, lanes: string, more = ''): string =>
  `{ extends: true, plugins: [isolated(${lanes})], test: { name: '${name}', pool: 'isolated', include: ['${name}/*.test.ts'], ${more} } }`

/** The most files of a project that ran at once. */
function mostAtOnce(log: string, project: string): number {
  let now = 0
  let most = 0
  for (const [, event] of log.matchAll(new RegExp(`^(begin|end) ${project}`, 'gm'))) {
    now += event === 'begin' ? 1 : -1
    most = Math.max(most, now)
  }
  return most
}

test.for(versions)(
  'Vitest %s: a project with fewer lanes than workers runs beside others, and keeps nobody from running',
  async (version) => {
    const others = ['u1', 'u2', 'u3', 'u4']
    const it = await project(
      {
        'lists.ts': lists,
        'vitest.config.ts': config(on('a', 'two'), on('u', 'many')),
        // Both lanes are busy until the others have run: those that wait must not stand in their way.
        'a/1.test.ts': file('a1', ...others.map((name) => `end ${name}`)),
        'a/2.test.ts': file('a2', ...others.map((name) => `end ${name}`)),
        'a/3.test.ts': file('a3'),
        'a/4.test.ts': file('a4'),
        ...Object.fromEntries(
          others.map((name) => [`u/${name}.test.ts`, file(name, 'begin a1', 'begin a2')]),
        ),
      },
      {},
      [],
      version,
    )
    const { exitCode, passed, output } = await it.run()
    expect({ exitCode, passed }, output).toEqual({ exitCode: 0, passed: 8 })
    expect(output).toContain(
      'isolane: 2 workers instead of 4: "accounts" has no more to give on this machine.',
    )
    expect(mostAtOnce(await readFile(join(it.dir, 'log'), 'utf8'), 'a')).toBe(2)
    expect(await it.leftovers()).toEqual([])
  },
)

test.for([
  [
    'another pool',
    "{ extends: true, test: { name: 'u', pool: 'forks', include: ['u/*.test.ts'] } }",
  ],
  ['workers that stay', on('u', 'many')],
] as const)('a project with fewer lanes runs beside one with %s', async ([what, other]) => {
  const it = await project({
    'lists.ts': lists,
    'vitest.config.ts': config(
      on('a', 'two'),
      on('b', 'one', what === 'another pool' ? '' : 'isolate: false'),
      other,
    ),
    ...Object.fromEntries(
      ['a1', 'a2', 'a3', 'b1', 'b2', 'u1', 'u2'].map((name) => [
        `${name[0]}/${name}.test.ts`,
        file(name),
      ]),
    ),
  })
  const run = it.start('run')
  await run.ended
  expect(run.child.exitCode, run.output()).toBe(0)
  expect(
    run.output().includes('isolane: with fewer lanes than workers, workers may stand idle'),
  ).toBe(what === 'another pool')
  expect(run.output()).toMatch(/Tests {2}7 passed \(7\)/)
  const log = await readFile(join(it.dir, 'log'), 'utf8')
  expect(mostAtOnce(log, 'a')).toBeLessThanOrEqual(2)
  expect(mostAtOnce(log, 'b')).toBe(1)
  expect(await it.leftovers()).toEqual([])
})
