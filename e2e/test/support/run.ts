import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { once } from 'node:events'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import type { Project } from './project.ts'

/** A command that has ended. */
export interface Run {
  readonly exitCode: number
  /** Standard output and standard error. */
  readonly output: string
  readonly passed: number
  readonly failed: number
}

/** How one test runner is asked to write its report to a file. */
interface Runner {
  readonly report: (file: string) => readonly string[]
  readonly count: (report: string) => { readonly passed: number; readonly failed: number }
}

const ofJest = (report: string): { passed: number; failed: number } => {
  const counts = JSON.parse(report) as {
    numPassedTests: number
    numTotalTests: number
  }
  // A hook that fails leaves the tests of its file without an outcome.
  return { passed: counts.numPassedTests, failed: counts.numTotalTests - counts.numPassedTests }
}

export const runners = {
  vitest: {
    report: (file) => ['--reporter=default', '--reporter=json', `--outputFile=${file}`],
    count: ofJest,
  },
  jest: { report: (file) => ['--json', `--outputFile=${file}`], count: ofJest },
  playwright: {
    report: () => ['--reporter=list,json'],
    count: (report) => {
      const { stats } = JSON.parse(report) as { stats: { expected: number; unexpected: number } }
      return { passed: stats.expected, failed: stats.unexpected }
    },
  },
} satisfies Record<string, Runner>

/**
 * Runs a test command in a project.
 *
 * @param command such as `['npx', 'vitest', 'run']`.
 * @param options `user` runs it as another user, `cwd` in a directory of the project.
 */
export async function run(
  project: Project,
  runner: keyof typeof runners,
  command: readonly string[],
  options: { readonly user?: number; readonly cwd?: string } = {},
): Promise<Run> {
  const { report, count } = runners[runner]
  const file = join(project.beside, 'report.json')
  rmSync(file, { force: true })
  const [program = '', ...args] = [...command, ...report(file)]
  const { user } = options
  const child = spawn(program, args, {
    cwd: join(project.directory, options.cwd ?? '.'),
    env: { ...environment(project), PLAYWRIGHT_JSON_OUTPUT_FILE: file },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(user === undefined ? {} : { uid: user, gid: user }),
  })
  const [[exitCode], stdout, stderr] = await Promise.all([
    once(child, 'close') as Promise<[number]>,
    text(child.stdout),
    text(child.stderr),
  ])
  const output = stdout + stderr
  if (!existsSync(file)) throw new Error(`${command.join(' ')} wrote no report:\n${output}`)
  return { exitCode, output, ...count(readFileSync(file, 'utf8')) }
}

/** What commands run with in a project: its programs first, nothing of the test that starts them. */
export function environment({ cache, directory }: Project): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    PATH: [
      join(directory, 'node_modules/.bin'),
      dirname(process.execPath),
      process.env['PATH'],
    ].join(delimiter),
    HOME: cache,
    ISOLANE_CACHE_DIR: cache,
    CHROME_BIN: process.env['ISOLANE_BROWSER'] ?? '/usr/bin/chromium',
    NO_COLOR: '1',
    // npx never asks a registry: everything is installed.
    npm_config_offline: 'true',
    npm_config_update_notifier: 'false',
  }
  // What this test itself runs in must not be seen by what it starts.
  for (const name of Object.keys(env)) {
    if (/^(?:VITEST|JEST|TEST_WORKER|VITE_|NODE_OPTIONS|NODE_ENV|FORCE_COLOR)/.test(name))
      delete env[name]
  }
  return env
}
