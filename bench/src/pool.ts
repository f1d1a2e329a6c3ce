import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { compare } from './figure.ts'
import type { Figure } from './figure.ts'

const repository = fileURLToPath(new URL('../../', import.meta.url))
const files = 100
const testsPerFile = 5

/**
 * 100 trivial files of 5 tests. Ours gives every file a fresh database and a leased port; `forks` gives it
 * nothing. Both at Vitest's default number of workers, and at one worker per core.
 */
export async function pool(rounds: number): Promise<Figure[]> {
  const dir = await mkdtemp(join(tmpdir(), 'isolane-bench-'))
  try {
    await makeProject(dir)
    const cores = availableParallelism()
    const at = async (what: string, goal: number, ...args: string[]): Promise<Figure> =>
      await compare(what, goal, rounds, {
        ours: async () => await time(dir, '--pool=isolated', ...args),
        theirs: async () => await time(dir, '--pool=forks', ...args),
      })
    return [
      await at(`pool, default workers on ${cores} cores`, 0.6),
      await at(`pool, maxWorkers ${cores}`, 1, `--maxWorkers=${cores}`),
    ]
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}

async function makeProject(dir: string): Promise<void> {
  await symlink(join(repository, 'node_modules'), join(dir, 'node_modules'))
  const write = async (name: string, text: string): Promise<void> => {
    await writeFile(join(dir, name), text)
  }
  await write('package.json', '{ "type": "module" }')
  await write('schema.sql', 'create table users (id integer primary key, name text not null);')
  await write(
    'vitest.config.ts',
    `
import { defineLanes, port, sqlite } from '@isolane/core'
import { isolated } from '@isolane/vitest'
const lanes = defineLanes({ database: sqlite({ schema: 'schema.sql' }), port: port() })
export default { plugins: [isolated(lanes)], test: { include: ['*.test.ts'] } }
`,
  )
  const tests = Array.from(
    { length: testsPerFile },
    (_, index) => `test('adds ${index}', () => { expect(${index} + 1).toBe(${index + 1}) })`,
  )
  const text = `import { expect, test } from 'vitest'\n${tests.join('\n')}\n`
  for (let index = 0; index < files; index++) await write(`file-${index}.test.ts`, text)
}

async function time(dir: string, ...args: string[]): Promise<number> {
  const startedAt = performance.now()
  const result = join(dir, 'result.json')
  const vitest = join(repository, 'node_modules/vitest/vitest.mjs')
  await execa(
    process.execPath,
    [vitest, 'run', '--reporter=json', `--outputFile=${result}`, ...args],
    { cwd: dir, env: { CI: '1', NO_COLOR: '1' } },
  )
  const elapsedMs = performance.now() - startedAt
  const { numPassedTests } = JSON.parse(await readFile(result, 'utf8')) as {
    numPassedTests: number
  }
  if (numPassedTests !== files * testsPerFile) {
    throw new Error(
      `Not the whole suite: ${numPassedTests} of ${files * testsPerFile} tests passed.`,
    )
  }
  return elapsedMs
}
