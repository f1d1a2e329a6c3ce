import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const modules = fileURLToPath(new URL('../../../node_modules', import.meta.url))
const isolane = fileURLToPath(new URL('../dist/main.js', import.meta.url))
const vitest = [process.execPath, join(modules, 'vitest', 'vitest.mjs'), 'run']
const slow = { timeout: 240_000 }
let dir: string

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'isolane-cli-'))
  await symlink(modules, join(dir, 'node_modules'), 'dir')
  await writeFile(join(dir, 'package.json'), '{ "type": "module" }')
  await mkdir(join(dir, 'green'))
  await writeFile(
    join(dir, 'green', 'a.test.js'),
    `import { test } from 'vitest'\ntest('good', () => {})`,
  )
  await writeFile(
    join(dir, 'red.test.js'),
    `import { test } from 'vitest'\ntest('bad', () => { throw new Error('bad') })`,
  )
  await writeFile(
    join(dir, 'hang.test.js'),
    `import { spawn } from 'node:child_process'
     import { writeFileSync } from 'node:fs'
     import { test } from 'vitest'
     test('hangs', async () => {
       const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
       writeFileSync('${join(dir, 'pids')}', process.pid + ' ' + child.pid)
       await new Promise(() => {})
     }, 200_000)`,
  )
})
afterAll(() => rm(dir, { recursive: true, force: true }))

interface Ended {
  readonly exitCode: number | null
  readonly stdout: string
  readonly stderr: string
}

function start(args: readonly string[], env: Record<string, string> = {}) {
  const outer = /^(VITEST|TEST$|NODE_ENV$|GITHUB_STEP_SUMMARY$|FORCE_COLOR$)/
  const clean = Object.entries(process.env).filter(([name]) => !outer.test(name))
  const child = spawn(process.execPath, [isolane, ...args], {
    cwd: dir,
    env: {
      ...Object.fromEntries(clean),
      ISOLANE_CACHE_DIR: join(dir, 'cache'),
      NO_COLOR: '1',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const out: string[] = []
  const err: string[] = []
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk.toString()))
  const ended = new Promise<Ended>((settle) => {
    child.on('close', (exitCode) =>
      settle({ exitCode, stdout: out.join(''), stderr: err.join('') }),
    )
  })
  return { child, ended }
}

const run = (args: readonly string[], env?: Record<string, string>): Promise<Ended> =>
  start(args, env).ended

describe('isolane', () => {
  test('without a command it prints its help and ends with 2', async () => {
    const { exitCode, stdout, stderr } = await run([])
    expect([exitCode, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(/^Usage: isolane/)
  })

  test('--help ends with 0 and shows examples and exit codes', async () => {
    const { exitCode, stdout } = await run(['flake', '--help'])
    expect(exitCode).toBe(0)
    expect(stdout).toContain('isolane flake -- npx vitest run')
    expect(stdout).toMatch(/Exit codes:\n {2}0 /)
  })

  test.each([
    ['an unknown command', ['flaek'], /unknown command 'flaek'\n\(Did you mean flake\?\)/],
    [
      'an unknown option',
      ['flake', '--buget', '5m', '--', 'vitest'],
      /unknown option '--buget'\n\(Did you mean --budget\?\)/,
    ],
    ['a wrong number', ['flake', '--runs', '0', '--', 'vitest'], /'0' is invalid.*whole number/],
    ['a wrong time', ['flake', '--budget', 'soon', '--', 'vitest'], /'soon' is invalid.*90s, 5m/],
    [
      'a wrong verdict',
      ['flake', '--fail-on', 'odd', '--', 'vitest'],
      /"odd" is no verdict.*consistent/,
    ],
    ['no test command', ['flake'], /missing required argument 'command'/],
    ['another runner', ['flake', '--', 'npm', 'test'], /cannot run "npm test"[^]*Hint: /],
    [
      'a missing expectation',
      ['flake', '--expect', 'no.json', '--', 'vitest'],
      /Cannot use no\.json for --expect[^]*Hint: /,
    ],
    [
      'a command that is not there',
      ['flake', '--', './nowhere/vitest', 'run'],
      /Cannot start "\.\/nowhere\/vitest"[^]*Hint: /,
    ],
  ])('%s ends with 2, a hint and no stack', async (_, args, message) => {
    const { exitCode, stdout, stderr } = await run(args)
    expect(stderr).toMatch(message)
    expect(stderr).not.toMatch(/^\s+at /m)
    expect([exitCode, stdout]).toEqual([2, ''])
  })

  test('doctor and clean look after this machine', async () => {
    const doctor = await run(['doctor'])
    expect(doctor.stdout).toMatch(/ok {2}node .*\n.*\n.*cache .*\n.*registry +0 runs, 0 lanes/)
    expect(doctor.stdout).toMatch(
      /(ok |off) sandbox .*[^]*- network .*[^]*- files .*[^]*- processes /,
    )
    expect(doctor.exitCode).toBe(0)
    const json = JSON.parse((await run(['doctor', '--json'])).stdout) as {
      format: string
      ok: boolean
      checks: readonly { name: string; state: string }[]
    }
    expect(json).toMatchObject({ format: 'isolane.doctor/1', ok: true })
    expect(json.checks.map(({ name }) => name)).toEqual([
      'node',
      'machine',
      'cache',
      'registry',
      'sandbox',
      'sandbox.network',
      'sandbox.files',
      'sandbox.processes',
    ])
    const clean = await run(['clean'])
    // Layers may lie outside the cache directory, where other tests leave some for a moment.
    expect(clean.stdout).toMatch(/^(Nothing to clean up|Cleaned up: 0 dead runs, .* runs?)\.\n$/)
    expect([clean.exitCode, clean.stderr]).toEqual([0, ''])
  })
})

describe('isolane flake', () => {
  test('a green run ends with 0', slow, async () => {
    const { exitCode, stdout } = await run(['flake', '--', ...vitest, 'green'])
    expect(stdout).toContain('No test failed.')
    expect(exitCode).toBe(0)
  })

  test('--json prints the report alone, the rest goes to standard error', slow, async () => {
    const summary = join(dir, 'step-summary.md')
    const args = ['flake', '--json', '--', ...vitest, 'red']
    const { exitCode, stdout, stderr } = await run(args, { GITHUB_STEP_SUMMARY: summary })
    expect(JSON.parse(stdout)).toEqual(
      JSON.parse(readFileSync(join(dir, '.isolane/flake/report.json'), 'utf8')),
    )
    expect(stderr).toMatch(/ Error: bad +consistent /)
    expect(readFileSync(summary, 'utf8')).toContain('## Isolane: 1 consistent')
    expect(exitCode).toBe(1)
  })

  test('--expect and --fail-on change the exit code', slow, async () => {
    const path = join(dir, 'expected.json')
    await writeFile(path, '{ "expected": [{ "test": "bad", "verdict": "consistent" }] }')
    const met = await run(['flake', '--expect', path, '--', ...vitest, 'red'])
    expect(met.stdout).toContain('All verdicts are the expected ones.')
    expect(met.exitCode).toBe(0)
    await writeFile(path, '{ "expected": [{ "test": "bad", "verdict": "parallel-only" }] }')
    const unmet = await run(['flake', '--expect', path, '--', ...vitest, 'red'])
    expect(unmet.stdout).toContain('red.test.js › bad: expected parallel-only, found consistent')
    expect(unmet.exitCode).toBe(1)
    const policy = await run(['flake', '--fail-on', 'intermittent,setup', '--', ...vitest, 'red'])
    expect(policy.exitCode).toBe(0)
  })

  test('ctrl-C ends all that runs, reports what is known and gives 130', slow, async () => {
    const { child, ended } = start(['flake', '--', ...vitest, 'hang'])
    const pids = await waitFor(() => {
      const path = join(dir, 'pids')
      const text = existsSync(path) ? readFileSync(path, 'utf8') : ''
      return /^\d+ \d+$/.test(text) ? text.split(' ').map(Number) : undefined
    })
    child.kill('SIGINT')
    const { exitCode, stdout } = await ended
    expect(exitCode).toBe(130)
    expect(stdout).toContain('report.json')
    expect(pids.filter(isAlive)).toEqual([])
  })
})

async function waitFor<T>(look: () => T | undefined): Promise<T> {
  const deadline = Date.now() + 120_000
  for (;;) {
    const found = look()
    if (found !== undefined) return found
    if (Date.now() > deadline) throw new Error('waited 120 s in vain')
    await delay(20)
  }
}

// A zombie has ended: it only waits for its parent.
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch {
    return false
  }
  if (process.platform !== 'linux') return true
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return !stat.slice(stat.lastIndexOf(')') + 2).startsWith('Z')
  } catch {
    return false
  }
}
