import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
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
  240_000,
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
