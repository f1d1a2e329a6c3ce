import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { forgetUser, groundDirectory } from './support/ground.ts'

const user = 54_322
const files = ['same-as-outside', 'apart', 'files', 'nothing-left']

// Root makes sandboxes with its own rights, everybody else in a user namespace.
test.runIf(process.getuid?.() === 0)(
  'all of it holds for an ordinary user',
  async () => {
    forgetUser(user)
    const home = groundDirectory()
    mkdirSync(join(home, 'tmp'))
    chownSync(home, user, user)
    chownSync(join(home, 'tmp'), user, user)
    const vitest = join(
      dirname(createRequire(import.meta.url).resolve('vitest/package.json')),
      'vitest.mjs',
    )
    const runner = spawn(
      'setpriv',
      [
        `--reuid=${user}`,
        `--regid=${user}`,
        '--clear-groups',
        process.execPath,
        vitest,
        'run',
        // Loaded as it is: an ordinary user has no right to write beside it.
        '--configLoader=runner',
        '--reporter=json',
        '--teardownTimeout=60000',
        `--outputFile=${join(home, 'report.json')}`,
        ...files.map((name) => `test/${name}.test.ts`),
      ],
      {
        cwd: join(import.meta.dirname, '..'),
        env: { PATH: process.env['PATH'], HOME: home, TMPDIR: join(home, 'tmp') },
        stdio: ['ignore', 'ignore', 'pipe'],
      },
    )
    let stderr = ''
    runner.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
    await once(runner, 'close')
    const report = JSON.parse(readFileSync(join(home, 'report.json'), 'utf8')) as Report
    const failed = report.testResults.flatMap(({ assertionResults }) =>
      assertionResults
        .filter(({ status }) => status === 'failed')
        .map(({ fullName, failureMessages }) => `${fullName}: ${failureMessages.join('\n')}`),
    )
    expect([failed, runner.exitCode, stderr]).toEqual([[], 0, ''])
    expect(report.numPassedTests).toBeGreaterThan(files.length)
  },
  480_000,
)

test.runIf(process.getuid?.() === 0)(
  'an ordinary user writes in a project below a directory of /tmp that another user made',
  async () => {
    forgetUser(user)
    const above = mkdtempSync('/tmp/isolane-test-')
    onTestFinished(() => rmSync(above, { recursive: true }))
    chmodSync(above, 0o755)
    const root = join(above, 'project')
    mkdirSync(root)
    chownSync(root, user, user)
    const script = join(import.meta.dirname, 'support/write-as-user.mjs')
    const runner = spawn(
      'setpriv',
      [`--reuid=${user}`, `--regid=${user}`, '--clear-groups', process.execPath, script, root],
      { env: { PATH: process.env['PATH'], HOME: root }, stdio: ['ignore', 'pipe', 'inherit'] },
    )
    const stdout = runner.stdout.setEncoding('utf8').toArray()
    await once(runner, 'close')
    expect(JSON.parse((await stdout).join(''))).toEqual({
      status: 0,
      written: [join(root, 'file')],
    })
    expect(readdirSync(root)).toEqual([])
  },
)

interface Report {
  readonly numPassedTests: number
  readonly testResults: readonly {
    readonly assertionResults: readonly {
      readonly status: string
      readonly fullName: string
      readonly failureMessages: readonly string[]
    }[]
  }[]
}
