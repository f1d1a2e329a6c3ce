import { createRequire } from 'node:module'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import projects from '../vitest.workspace.ts'
import { environment } from './environment.ts'
import { flakyVerdicts } from './flaky-verdicts.ts'
import { readPlaywright, readVerdicts, readVitest, type SuiteResult } from './test-results.ts'

/** One command that runs one or several suites. */
export interface TestRun {
  title: string
  /** What Node runs: a file and its arguments. */
  args: string[]
  cwd: string
  env: NodeJS.ProcessEnv
  /** Reads the report after the command has ended with an exit code. */
  read: (exitCode: number) => SuiteResult[]
}

const root = fileURLToPath(new URL('..', import.meta.url))
const playground = join(root, 'playground')
const require = createRequire(import.meta.url)
const vitest = join(require.resolve('vitest/package.json'), '../vitest.mjs')
const playwright = join(require.resolve('@playwright/test/package.json'), '../cli.js')

/** Suite name to folder, for the suites that Vitest runs as projects of one workspace. */
const folders = Object.fromEntries(
  projects.map((project) => [project.split('/').at(-1) ?? project, join(root, project)]),
)

/** The suites in the order in which they run: those that print much are not the last. */
export const suiteNames: readonly string[] = [
  'playground-vitest',
  'playground-playwright',
  'playground-flaky',
  ...Object.keys(folders),
]

/**
 * The commands that run the named suites, or all when none is named.
 *
 * @param reports an existing folder for the reports
 */
export function runsFor(names: readonly string[], reports: string): TestRun[] {
  const wanted = names.length === 0 ? suiteNames : names
  const chosen = Object.entries(folders).filter(([name]) => wanted.includes(name))
  const runs: TestRun[] = []
  if (wanted.includes('playground-vitest')) runs.push(playgroundVitestRun(reports))
  if (wanted.includes('playground-playwright')) runs.push(playgroundPlaywrightRun(reports))
  if (wanted.includes('playground-flaky')) runs.push(playgroundFlakyRun())
  if (chosen.length > 0) runs.push(packagesRun(Object.fromEntries(chosen), reports))
  return runs
}

function packagesRun(chosen: Readonly<Record<string, string>>, reports: string): TestRun {
  const report = join(reports, 'packages.json')
  const names = Object.keys(chosen)
  return {
    title: `Packages: ${names.join(', ')}`,
    args: [
      vitest,
      'run',
      ...names.flatMap((name) => ['--project', name]),
      // Many wait, for hangs to be noticed and processes to end: one more than there are cores keeps them all at work.
      `--maxWorkers=${availableParallelism() + 1}`,
      ...vitestReporters(report),
    ],
    cwd: root,
    env: environment(),
    read: (exitCode) => readVitest(report, chosen, exitCode),
  }
}

function playgroundVitestRun(reports: string): TestRun {
  const report = join(reports, 'playground-vitest.json')
  return {
    title: 'Playground: Vitest suite with --pool=isolated',
    args: [vitest, 'run', '--pool=isolated', ...vitestReporters(report)],
    cwd: playground,
    env: environment(),
    read: (exitCode) => readVitest(report, { 'playground-vitest': playground }, exitCode),
  }
}

function playgroundPlaywrightRun(reports: string): TestRun {
  const report = join(reports, 'playground-playwright.json')
  return {
    title: 'Playground: Playwright suite',
    args: [playwright, 'test', '--reporter=list,json'],
    cwd: playground,
    env: { ...environment(), PLAYWRIGHT_JSON_OUTPUT_FILE: report },
    read: (exitCode) => readPlaywright(report, 'playground-playwright', exitCode),
  }
}

function playgroundFlakyRun(): TestRun {
  return {
    title: 'Playground: verdicts of the flaky suite, whose own failures are expected',
    args: flakyVerdicts.args,
    cwd: playground,
    env: environment(),
    read: (exitCode) => [readVerdicts(flakyVerdicts.expected, 'playground-flaky', exitCode)],
  }
}

function vitestReporters(report: string): string[] {
  return ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
}
