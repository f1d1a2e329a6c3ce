import { testFiles } from './test-files.ts'

const testsPerFile = 5

/** How many tests {@link trivialFiles} hold. */
export const trivialTests = (files: number): number => files * testsPerFile

/** Test files whose tests take no time, and a config with a database and a port for every worker unless `BENCH_LANES` is 0. */
export function trivialFiles(files: number): Record<string, string> {
  const tests = Array.from(
    { length: testsPerFile },
    (_, index) => `test('adds ${index}', () => { expect(${index} + 1).toBe(${index + 1}) })`,
  )
  const text = `import { expect, test } from 'vitest'\n${tests.join('\n')}\n`
  return {
    'schema.sql': 'create table users (id integer primary key, name text not null);',
    'vitest.config.ts': `
import { defineLanes, port, sqlite } from '@isolane/core'
import { isolated } from '@isolane/vitest'
const lanes = defineLanes(process.env.BENCH_LANES === '0' ? {} : { database: sqlite({ schema: 'schema.sql' }), port: port() })
export default { plugins: [isolated(lanes)], test: { include: ['*.test.ts'] } }
`,
    ...testFiles(files, text),
  }
}
