import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'

const modules = fileURLToPath(new URL('../../../node_modules', import.meta.url))
const isolane = fileURLToPath(new URL('../dist/main.js', import.meta.url))
const vitest = [process.execPath, join(modules, 'vitest', 'vitest.mjs'), 'run']
let dir: string

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'isolane-cli-reports-'))
  await symlink(modules, join(dir, 'node_modules'), 'dir')
  await writeFile(join(dir, 'package.json'), '{ "type": "module" }')
  await writeFile(
    join(dir, 'a.test.js'),
    `import { test } from 'vitest'
     test('fails at first', () => {
       console.log('::notice::of the test')
       if (process.env.ISOLANE_RECORD.includes('1-first')) throw new Error('no')
     })`,
  )
})
afterAll(() => rm(dir, { recursive: true, force: true }))

interface Ended {
  readonly exitCode: number | null
  readonly stdout: string
  readonly stderr: string
}

async function run(args: readonly string[], env: Record<string, string> = {}): Promise<Ended> {
  const outer = /^(VITEST|TEST$|NODE_ENV$|GITHUB_|FORCE_COLOR$)/
  const clean = Object.entries(process.env).filter(([name]) => !outer.test(name))
  const child = spawn(process.execPath, [isolane, ...args], {
    cwd: dir,
    env: { ...Object.fromEntries(clean), NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  const exitCode = await new Promise<number | null>((settle) => child.on('close', settle))
  return { exitCode, stdout, stderr }
}

const flake = ['flake', '--budget', '1ms']

test('without a history there is a hint', async () => {
  const { exitCode, stdout, stderr } = await run(['history'])
  expect([exitCode, stdout]).toEqual([2, ''])
  expect(stderr).toBe(
    'isolane: There is no history in .isolane/history.db\nHint: it begins with the first isolane flake -- <test command>.\n',
  )
})

test(
  'on GitHub the annotations are those that know the verdict',
  { timeout: 120_000 },
  async () => {
    const summary = join(dir, 'step-summary.md')
    await writeFile(summary, '# of the step\n')
    const { exitCode, stdout } = await run([...flake, '--', ...vitest], {
      GITHUB_ACTIONS: 'true',
      GITHUB_WORKSPACE: dir,
      GITHUB_STEP_SUMMARY: summary,
    })
    expect(exitCode).toBe(5)
    const commands = stdout.split('\n').filter((line) => line.trim().startsWith('::'))
    expect(commands).toEqual([
      expect.stringMatching(
        /^::error file=a\.test\.js,line=4,title=[\w-]+( \(\w+\))?::a\.test\.js › fails at first%0AError: no%0A/,
      ),
    ])
    expect(stdout).toContain('Report: .isolane/flake/report.html and .isolane/flake/report.json')
    expect(await readFile(summary, 'utf8')).toMatch(
      /^# of the step\n[^]*\n\n## Isolane: 1 not-reproduced\n/,
    )
  },
)

test('a quarantine file that is named, and one that is wrong', { timeout: 120_000 }, async () => {
  const entry = {
    test: 'a.test.js > fails at first',
    owner: '@a',
    reason: 'r',
    expires: '2999-01-01',
  }
  const file = { format: 'isolane.quarantine/1', tests: [entry] }
  await writeFile(join(dir, 'calm.json'), JSON.stringify(file))
  await writeFile(join(dir, 'wrong.json'), JSON.stringify({ ...file, cap: 0 }))
  const calm = await run([...flake, '--quarantine', 'calm.json', '--', ...vitest], {
    GITHUB_ACTIONS: 'true',
    GITHUB_WORKSPACE: dir,
  })
  expect(calm.exitCode).toBe(0)
  expect(calm.stdout).toContain('quarantined')
  expect(calm.stdout).toMatch(/^::warning file=a\.test\.js/m)
  const wrong = await run([...flake, '--quarantine', 'wrong.json', '--', ...vitest])
  expect([wrong.exitCode, wrong.stdout]).toEqual([2, ''])
  expect(wrong.stderr).toMatch(
    /^isolane: Cannot use the quarantine file wrong\.json:\n[^]*cap[^]*\nHint: the form is /,
  )
})

test('the history in the terminal, as JSON and as a page', async () => {
  const { exitCode, stdout } = await run(['history'])
  expect(exitCode).toBe(0)
  expect(stdout).toMatch(
    /\n2 runs · 1 red · 1 for nothing but flaky tests · .* lost to flaky tests\n/,
  )
  expect(stdout).toMatch(/\na\.test\.js > fails at first +xx +2 of 2 +over 34 % /)
  const json = await run(['history', '--json', '--runs', '1', '--html', 'pages/history.html'])
  expect(JSON.parse(json.stdout)).toMatchObject({
    format: 'isolane.history/1',
    runs: [{ exitCode: 0 }],
  })
  expect(json.stderr).toBe('Page: pages/history.html\n')
  expect(await readFile(join(dir, 'pages', 'history.html'), 'utf8')).toContain('"kind":"history"')
  expect((await run(['history', '--test', 'elsewhere'])).stdout).toContain(
    'No test failed in them.',
  )
  const wrong = await run(['history', '--runs', '0'])
  expect(wrong.exitCode).toBe(2)
})
