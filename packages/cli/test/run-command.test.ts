import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { commands, runProject } from './support/run-project.ts'

const vitest = [...commands.vitest, 'run']
/** Two workers that write the same file, and say what they see of the lane. */
const pair = Object.fromEntries(
  ['a', 'b'].map((name) => [
    `${name}.test.js`,
    `import { writeFileSync } from 'node:fs'
     import { expect, test } from 'vitest'
     test('writes', () => {
       writeFileSync('state.json', '"${name}"')
       const { ISOLANE_RUN, ISOLANE_LANE, ISOLANE_SLOT, ISOLANE_SANDBOX, ISOLANE_RUN_PLAN, NODE_OPTIONS, PORT, DATABASE_URL } = process.env
       writeFileSync('env-${name}.json', JSON.stringify({ ISOLANE_RUN, ISOLANE_LANE, ISOLANE_SLOT, ISOLANE_SANDBOX, ISOLANE_RUN_PLAN, NODE_OPTIONS, PORT, DATABASE_URL }))
     })`,
  ]),
)

describe('bad input ends with 2, a hint and no stack, and runs nothing', () => {
  test.for([
    ['no command', [], /missing required argument 'command'/],
    [
      'an unknown part',
      ['--parts', 'disk', '--', 'x'],
      /"disk"; there are network, files, processes/,
    ],
    ['no part', ['--parts', '0', '--', 'x'], /--parts names no part/],
    ['a wrong number of workers', ['--workers', '0', '--', 'x'], /'0' is invalid.*whole number/],
    [
      'an unknown option',
      ['--worker', '2', '--', 'x'],
      /unknown option '--worker'\n\(Did you mean --workers\?\)/,
    ],
    ['the root of the machine', ['--root', '/', '--', 'x'], /The root of the project is \//],
    ['an address that is none', ['--forward', 'a:b', '--', 'x'], /--forward names no port .*"a:b"/],
    [
      'a glob to share',
      ['--writable', '*.db', '--', 'x'],
      /--writable takes paths, and ".*" is a glob/,
    ],
    ['a root that is not there', ['--root', 'nowhere', '--', 'x'], /nowhere is no directory/],
    ['a command that is not there', ['--', './nowhere/x'], /Cannot start "\.\/nowhere\/x"/],
  ] as const)('%s', async ([, args, message]) => {
    const it = await runProject({})
    const { exitCode, stdout, stderr } = await it.isolane(...args)
    expect(stderr).toMatch(message)
    expect(stderr).toMatch(/^Hint: /m)
    expect(stderr).not.toMatch(/^\s+at /m)
    expect([exitCode, stdout]).toEqual([2, ''])
    expect(await it.files()).toEqual(['package.json'])
  })
})

test('--help shows the three runners, the parts and the exit codes', async () => {
  const it = await runProject({})
  const { exitCode, stdout } = await it.isolane('--help')
  expect(exitCode).toBe(0)
  for (const words of [
    'npx vitest run',
    'npx jest',
    'npx playwright test',
    'network  ',
    'Exit codes:',
  ]) {
    expect(stdout).toContain(words)
  }
})

test('the exit code is that of the command, also by a signal', async () => {
  const it = await runProject({})
  const node = (code: string): readonly string[] => ['--', process.execPath, '-e', code]
  const [code, signal] = await Promise.all([
    it.isolane(...node('process.exitCode = 7')),
    it.isolane(...node('process.kill(process.pid, "SIGTERM"); setInterval(() => {}, 1000)')),
  ])
  expect(code.exitCode).toBe(7)
  expect(signal.exitCode).toBe(128 + 15)
  expect(code.said.at(-1)).toBe(
    'nothing of this command ran in a sandbox: no Vitest, Jest or Playwright Test was found in it; isolane exec --sandbox takes any command.',
  )
})

test('workers have a lane in their environment, and nothing else of ours', async () => {
  const it = await runProject(pair)
  const words = it.words('--workers', '2', '--keep', 'env-*.json', '--', ...vitest)
  const { exitCode } = await it.plain(words, {
    PORT: '4000',
    DATABASE_URL: 'file:test.db',
    NODE_OPTIONS: '--no-deprecation',
  })
  expect(exitCode).toBe(0)
  const [a, b] = (await Promise.all(['env-a.json', 'env-b.json'].map(it.read))).map(
    (text) => JSON.parse(text) as Record<string, string>,
  )
  const same = { PORT: '4000', DATABASE_URL: 'file:test.db', NODE_OPTIONS: '--no-deprecation' }
  const lane = { ISOLANE_RUN: a?.['ISOLANE_RUN'], ISOLANE_LANE: expect.any(String) as string }
  expect(a).toEqual({ ...same, ...lane, ISOLANE_SLOT: expect.stringMatching(/^[12]$/) as string })
  expect(b).toEqual({ ...same, ...lane, ISOLANE_SLOT: expect.stringMatching(/^[12]$/) as string })
  expect(a?.['ISOLANE_LANE']).not.toBe(b?.['ISOLANE_LANE'])
  expect(a?.['ISOLANE_SLOT']).not.toBe(b?.['ISOLANE_SLOT'])
})

test('--keep and --writable let files out, everything else stays inside', async () => {
  const it = await runProject(pair)
  await mkdir(join(it.dir, 'shared'))
  await it.write({
    'c.test.js': `
      import { writeFileSync } from 'node:fs'
      import { test } from 'vitest'
      test('fails', () => { writeFileSync('shared/c.txt', ''); throw new Error('bad') })
    `,
  })
  const { exitCode, said } = await it.isolane(
    '--keep',
    'env-a*',
    '--writable',
    'shared',
    '--',
    ...vitest,
  )
  expect(exitCode).toBe(1)
  expect(await it.files()).toEqual([
    'a.test.js',
    'b.test.js',
    'c.test.js',
    'env-a.json',
    'package.json',
    'shared/c.txt',
  ])
  expect(said.slice(-2)).toEqual([
    'the sandbox kept apart state.json (2 workers): why this suite fails in parallel without it.',
    "stayed inside: env-b.json and state.json. Hint: --keep '<glob>' (sandbox.files.keep) copies such files back, --writable <path> (sandbox.files.writable) shares them.",
  ])
})

test('--parts leaves parts out', async () => {
  const it = await runProject(pair)
  const { said } = await it.isolane('--parts', 'network,processes', '--', ...vitest)
  expect(said).toEqual([
    'every worker runs in a sandbox with network and processes of its own; project: <project>',
    'the sandbox kept nothing apart: no two workers used the same port, socket or file.',
  ])
  expect(await it.files()).toContain('state.json')
})

test('several runners in one command make one report; --json prints it alone', async () => {
  const it = await runProject({
    ...pair,
    'package.json': JSON.stringify({
      scripts: { test: 'npm run unit && npm run old', unit: 'vitest run', old: 'jest' },
      jest: { testMatch: ['**/*.check.js'] },
    }),
    'vitest.config.js': `module.exports = { test: { include: ['*.test.js'] } }`,
    'c.check.js': `test('writes', () => require('node:fs').writeFileSync('state.json', '"c"'))`,
  })
  const { exitCode, stdout, stderr } = await it.isolane('--json', '--', 'npm', 'test')
  expect(stderr).toMatch(/Tests {2}2 passed/)
  expect(stderr).toMatch(/Tests: +1 passed/)
  expect(exitCode).toBe(0)
  expect(JSON.parse(stdout.replaceAll('<project>', it.dir))).toEqual(await it.report())
  const report = await it.report()
  expect(report.runners.map(({ name }) => name)).toEqual(['Vitest', 'Jest'])
  expect(report.keptApart).toMatchObject([{ kind: 'file', name: 'state.json', workers: 3 }])
})

test('a workspace is copied on write as a whole, also on a path with blanks and other letters', async () => {
  const it = await runProject(
    {
      'package.json': '{ "private": true, "workspaces": ["packages/*"] }',
      'packages/one/package.json': '{ "name": "one", "type": "module" }',
      'packages/one/one.test.js': `
        import { mkdirSync, writeFileSync } from 'node:fs'
        import { test } from 'vitest'
        test('writes beside its package', () => {
          writeFileSync('../../state.json', '')
          mkdirSync('made')
          writeFileSync('made/kept.txt', '')
        })
      `,
    },
    'mein Projekt, größer: "1"',
  )
  const words = it.words('--keep', 'made/*', '--', 'npm', 'exec', '--', 'vitest', 'run')
  const { exitCode, said } = await it.plain([
    'sh',
    '-c',
    'cd packages/one && exec "$@"',
    'sh',
    ...words,
  ])
  expect(exitCode).toBe(0)
  expect(said[0]).toMatch(/project: <project>$/)
  const { workers } = await it.report()
  expect(workers.map(({ written }) => written.map(({ path }) => path))).toEqual([
    ['packages/one/made/kept.txt', 'state.json'],
  ])
  expect(await it.files()).toEqual([
    'package.json',
    'packages/one/made/kept.txt',
    'packages/one/one.test.js',
    'packages/one/package.json',
  ])
})

test('a runner that a script starts gets sandboxes too', async () => {
  const it = await runProject({
    'a.test.js': `
      import { writeFileSync } from 'node:fs'
      import { test } from 'vitest'
      test('writes', () => writeFileSync('state.json', ''))
    `,
    'b.check.cjs': `test('writes', () => require('node:fs').writeFileSync('state.json', ''))`,
    'run.mjs': `
      import { startVitest } from 'vitest/node'
      const vitest = await startVitest('test', [], { watch: false, include: ['*.test.js'] })
      await vitest?.close()
    `,
    'run.cjs': `
      const { runCLI } = require('jest')
      const config = JSON.stringify({ testMatch: ['**/*.check.cjs'], rootDir: __dirname })
      runCLI({ config, _: [], $0: '' }, [__dirname]).then(({ results }) => { process.exitCode = results.success ? 0 : 1 })
    `,
  })
  const { exitCode } = await it.isolane('--', 'sh', '-c', 'node run.mjs && node run.cjs')
  expect(exitCode).toBe(0)
  const { runners, workers } = await it.report()
  expect(runners.map(({ name }) => name)).toEqual(['Vitest', 'Jest'])
  expect(workers.map(({ written }) => written.map(({ path }) => path))).toEqual([
    ['state.json'],
    ['state.json'],
  ])
  expect(await it.files()).not.toContain('state.json')
})
