import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const playground = fileURLToPath(new URL('../..', import.meta.url))
const playwright = createRequire(import.meta.url).resolve('@playwright/test/package.json')

interface Expected {
  readonly test?: string
  readonly anyOf?: readonly string[]
}

interface Suite {
  readonly title: string
  readonly file: string
  readonly specs?: readonly { readonly title: string; readonly line: number }[]
  readonly suites?: readonly Suite[]
}

interface Listed {
  readonly title: string
  readonly place: string
}

test('every expected verdict is of a test that the flaky suite has, on a line of its own', async () => {
  const { expected } = JSON.parse(
    readFileSync(join(playground, 'flaky/expected.json'), 'utf8'),
  ) as { expected: readonly Expected[] }
  const named = expected.flatMap(({ test: one, anyOf }) => anyOf ?? [one ?? ''])

  const { stdout } = await promisify(execFile)(
    process.execPath,
    [join(dirname(playwright), 'cli.js'), 'test', '-c', 'flaky', '--list', '--reporter=json'],
    { cwd: playground },
  )
  const listed = (JSON.parse(stdout) as { suites: readonly Suite[] }).suites.flatMap((file) =>
    testsOf(file),
  )

  const titles = listed.map(({ title }) => title)
  expect(named.filter((name) => titles.filter((title) => title === name).length !== 1)).toEqual([])
  expect(titles.filter((title) => !named.includes(title))).toEqual([
    'institution admin invites a whole department',
  ])
  expect(new Set(listed.map(({ place }) => place)).size).toBe(listed.length)
}, 60_000)

function testsOf({ file, specs = [], suites = [] }: Suite, above = ''): Listed[] {
  return [
    ...specs.map(({ title, line }) => ({ title: above + title, place: `${file}:${line}` })),
    ...suites.flatMap((suite) =>
      testsOf(suite, suite.title === '' ? above : `${above}${suite.title} > `),
    ),
  ]
}
