/**
 * `npm start`: the product's loop on the playground. Each step says what it does before it does it; the first that
 * fails ends the job with its exit code.
 */
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { environment } from './environment.ts'
import { flakyVerdicts } from './flaky-verdicts.ts'
import { runGroup } from './run-group.ts'

interface Step {
  readonly title: string
  readonly says: string
  /** The command as a user of the playground would type it. */
  readonly command: string
  readonly args: readonly string[]
}

const root = fileURLToPath(new URL('..', import.meta.url))
const playground = join(root, 'playground')
const require = createRequire(import.meta.url)
const vitest = join(require.resolve('vitest/package.json'), '../vitest.mjs')
const playwright = join(require.resolve('@playwright/test/package.json'), '../cli.js')

const steps: readonly Step[] = [
  {
    title: 'Vitest, every worker on a lane of its own',
    says: 'Every test file gets its own database, port and temp directory, although all use the same names and numbers.',
    command: 'vitest run --pool=isolated --maxWorkers=2',
    args: [vitest, 'run', '--pool=isolated', '--maxWorkers=2'],
  },
  {
    title: 'Playwright, two workers, four roles signed in on each',
    says: 'Every worker gets its own app server and database, and an account for each role, checked before the first test.',
    command: 'playwright test',
    args: [playwright, 'test'],
  },
  {
    title: 'Why do tests fail only sometimes? Found out by experiment',
    says: 'A suite with known defects runs three times in parallel; every test that failed is run again alone and beside others until it is clear what it is.',
    command: flakyVerdicts.command,
    args: flakyVerdicts.args,
  },
]

for (const [index, { title, says, command, args }] of steps.entries()) {
  process.stdout.write(
    `\n=== ${index + 1} of ${steps.length}: ${title}\n${says}\n\n$ ${command}\n\n`,
  )
  const startedAt = performance.now()
  const exitCode = await runGroup(args, { cwd: playground, env: environment() })
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
  if (exitCode !== 0) {
    process.stderr.write(
      `\nStep ${index + 1} failed with exit code ${exitCode} after ${seconds} s.\n`,
    )
    process.exit(exitCode)
  }
  process.stdout.write(`\n--- ${index + 1} of ${steps.length} done in ${seconds} s\n`)
}
process.stdout.write(`
All three steps gave what they promise.
The report of the last one: playground/.isolane/flake/report.html
Next, with a project of your own as it is: isolane doctor, then isolane run -- <its test command> (README.md)
`)
