import { execFile } from 'node:child_process'
import { mkdtemp, readFile, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'

const modules = fileURLToPath(new URL('../../../node_modules', import.meta.url))
const isolane = fileURLToPath(new URL('../dist/main.js', import.meta.url))
const vitest = [join(modules, 'vitest', 'vitest.mjs'), 'run']
let dir: string

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'isolane-cli-compare-'))
  await symlink(modules, join(dir, 'node_modules'), 'dir')
  await writeFile(join(dir, 'package.json'), '{ "type": "module" }')
  await writeFile(
    join(dir, 'a.test.js'),
    `import { describe, test } from 'vitest'
     const bad = (here) => { if (process.env.WHERE === here) throw new Error('bad ' + here) }
     describe('sums', () => {
       test('fails in parallel', () => bad('parallel'))
       test('fails serially', () => bad('serial'))
     })
     test('fails always', () => { throw new Error('no') })
     test('passes', () => {})`,
  )
})
afterAll(() => rm(dir, { recursive: true, force: true }))

interface Ended {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

async function node(args: readonly string[], env: Record<string, string> = {}): Promise<Ended> {
  const outer = /^(VITEST|TEST$|NODE_ENV$|GITHUB_|FORCE_COLOR$)/
  const clean = Object.entries(process.env).filter(([name]) => !outer.test(name))
  return await new Promise((settle) => {
    execFile(
      process.execPath,
      [...args],
      { cwd: dir, env: { ...Object.fromEntries(clean), NO_COLOR: '1', ...env } },
      (error, stdout, stderr) =>
        settle({ exitCode: error === null ? 0 : Number(error.code), stdout, stderr }),
    )
  })
}

const compare = (...args: string[]): Promise<Ended> => node([isolane, 'compare', ...args])
const suite = (name: string, ...cases: string[]): string =>
  `<testsuites><testsuite name="${name}">${cases.join('')}</testsuite></testsuites>`
const passed = (name: string, seconds: number): string =>
  `<testcase classname="tests.test_${name}" file="tests/test_${name}.py" name="adds" time="${seconds}"/>`
const failed = (name: string): string =>
  `<testcase classname="tests.test_${name}" file="tests/test_${name}.py" name="adds"><failure message="no"/></testcase>`

test('a record and what the runner wrote as JUnit are compared by the names of tests', async () => {
  const recorded = await node(
    [isolane, 'record', '--out', 'records/serial.jsonl', '--', process.execPath, ...vitest],
    { WHERE: 'serial' },
  )
  expect(recorded.exitCode).toBe(1)
  const modes = await Promise.all(
    ['records', 'records/serial.jsonl', '.isolane/flake', '.isolane/flake/runs'].map(
      async (path) => (await stat(join(dir, path))).mode & 0o777,
    ),
  )
  expect(modes).toEqual([0o700, 0o600, 0o700, 0o700])
  const kept = await readdir(join(dir, '.isolane/flake/runs'))
  for (const name of kept) {
    expect((await stat(join(dir, '.isolane/flake/runs', name))).mode & 0o077, name).toBe(0)
  }
  await node([...vitest, '--reporter=junit', '--outputFile=parallel.xml'], { WHERE: 'parallel' })

  const { exitCode, stdout } = await compare('parallel.xml', 'records/serial.jsonl')
  // How long what takes a millisecond took is another on a busy machine.
  const said = stdout
    .replace(/^the first took .*\n/m, '')
    .replace(/^slower in one .*\n(?: {2}.*\n)*/m, '')
  expect(said).toBe(
    `first: 4 tests, 2 failed · second: 4 tests, 2 failed
fails only in the first (1):
  a.test.js > sums > fails in parallel
fails only in the second (1):
  a.test.js > sums > fails serially
fails in both (1):
  a.test.js > fails always
`,
  )
  expect(exitCode).toBe(1)
  expect((await compare('parallel.xml', 'parallel.xml')).exitCode).toBe(0)

  const whole = await readFile(join(dir, 'records/serial.jsonl'), 'utf8')
  await writeFile(join(dir, 'cut.jsonl'), whole.slice(0, -40))
  expect((await compare('records/serial.jsonl', 'cut.jsonl')).stderr).toBe(
    'isolane: cut.jsonl breaks off: the run that it is of did not come to its end\n',
  )
})

test('several JUnit files are one run, with what got slower', async () => {
  await writeFile(join(dir, 'gw0.xml'), `\uFEFF${suite('pytest', passed('a', 2.5), failed('b'))}`)
  await writeFile(join(dir, 'gw1.xml'), suite('pytest', passed('c', 0.1), passed('d', 0.2)))
  await writeFile(
    join(dir, 'all.xml'),
    suite('pytest', passed('a', 1), passed('b', 1), passed('c', 0.1)),
  )
  const { exitCode, stdout } = await compare('gw*.xml', 'all.xml', '--json')
  const key = (name: string): unknown => ({ key: `tests/test_${name}.py > adds` })
  expect(JSON.parse(stdout)).toMatchObject({
    tests: [4, 3],
    failed: [1, 0],
    onlyInFirst: [key('b')],
    onlyInSecond: [],
    inBoth: [],
    absent: [key('d')],
    slower: [{ ...(key('a') as object), durationMs: [2500, 1000] }],
  })
  expect(exitCode).toBe(1)
  await writeFile(join(dir, 'other.xml'), suite('other', passed('z', 1)))
  expect((await compare('all.xml', 'other.xml')).stdout).toContain(
    'no test has the same name in both: let one reporter write both\n',
  )
})

test('what is neither a record nor JUnit XML is refused by name', async () => {
  const files: Readonly<Record<string, string>> = {
    'good.xml': suite('good', passed('a', 1)),
    'cut.xml': '<testsuites><testsuite name="a"><testcase na',
    'page.xml': '<html><body>502</body></html>',
    'text.txt': 'hello',
    'one.mix': suite('one', passed('a', 1)),
    'two.mix': 'hello',
    'future.jsonl': '{"kind":"header","format":"isolane.record/2"}\n',
  }
  for (const [name, text] of Object.entries(files)) await writeFile(join(dir, name), text)
  const refused = async (name: string): Promise<string> => {
    const { exitCode, stdout, stderr } = await compare(name, 'good.xml')
    expect([exitCode, stdout], name).toEqual([4, ''])
    return stderr
  }
  expect(await refused('nothing.xml')).toBe(
    `isolane: Cannot read nothing.xml: ENOENT: no such file or directory
Hint: name a record, which isolane record -- <test command> makes, or a JUnit XML file.
`,
  )
  expect(await refused('cut.xml')).toBe(
    `isolane: cut.xml is not XML: it does not end with a tag
Hint: let the runner write its results as JUnit XML to a file of its own.
`,
  )
  expect(await refused('page.xml')).toBe(
    `isolane: page.xml is no JUnit file: it has no <testsuite>
Hint: name the files that the runner writes as JUnit XML.
`,
  )
  expect(await refused('text.txt')).toBe(
    `isolane: text.txt is neither a record nor JUnit XML
Hint: isolane record -- <test command> makes a record.
`,
  )
  expect(await refused('*.mix')).toBe(
    `isolane: *.mix names 2 files, and two.mix is not XML
Hint: name one record, or JUnit files only.
`,
  )
  expect(await refused('future.jsonl')).toBe(
    `isolane: future.jsonl has format isolane.record/2; this version of Isolane reads isolane.record/1
Hint: update isolane to read it: npm install --save-dev isolane@latest
`,
  )
})
