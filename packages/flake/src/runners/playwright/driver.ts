import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { IsolaneError } from '@isolane/record'
import { optionsOf, parseArguments, without, wordsOf } from '../arguments.ts'
import type { Takes } from '../arguments.ts'
import { directLauncher } from '../command.ts'
import type { ParsedCommand } from '../command.ts'
import type { ArmPaths, Driver, Invocation, TestRef } from '../driver.ts'
import { environment } from '../environment.ts'
import { escapePattern, shellLine } from '../shell.ts'

const reporter = fileURLToPath(new URL('./reporter.js', import.meta.url))

const withValue = new Set(
  `add-reporter browser c config g grep G grep-invert global-timeout j workers last-failed-file
  max-failures output repeat-each reporter retries run-agents shard test-list test-list-invert
  timeout trace tsconfig ui-host ui-port update-source-method`.split(/\s+/),
)
const withOptionalValue = new Set(['debug', 'only-changed', 'shuffle', 'u', 'update-snapshots'])
const interactive = ['ui', 'ui-host', 'ui-port', 'debug']
const perArm = [
  ...['reporter', 'add-reporter', 'retries', 'output', 'u', 'update-snapshots'],
  ...['x', 'max-failures', 'last-failed', 'last-failed-file', 'trace', 'fail-on-flaky-tests'],
]
const selecting = [
  ...['g', 'grep', 'G', 'grep-invert', 'project', 'shard', 'only-changed', 'test-list'],
  ...['test-list-invert', 'shuffle', 'repeat-each', 'pass-with-no-tests'],
]
const workers = ['j', 'workers', 'fully-parallel']

/**
 * The driver for a command of Playwright Test.
 *
 * @throws `ISOLANE_OPTION` for every command of Playwright but `test`.
 */
export function playwrightDriver(parsed: ParsedCommand, cwd: string): Driver {
  const [head, ...words] = parsed.args
  if (head !== 'test' || words.some((word) => word === '--list')) {
    throw new IsolaneError('ISOLANE_OPTION', {
      message: `isolane flake cannot use "playwright ${parsed.args.join(' ')}": it runs no tests`,
      hint: 'use playwright test.',
      details: { command: [...parsed.args] },
    })
  }
  const args = without(parseArguments(words, takes), interactive)
  const direct = directLauncher(parsed, cwd)
  const kept = without(args, perArm)
  const alone = optionsOf(without(kept, [...selecting, ...workers]))

  const arm = (list: readonly string[], paths: ArmPaths): Invocation => ({
    argv: [
      ...direct,
      'test',
      ...list,
      ...['--retries=0', '--max-failures=0'],
      `--output=${paths.output}`,
      `--reporter=${reporter}`,
    ],
    env: { [environment.record]: paths.record },
  })
  const project = (test: TestRef): string[] =>
    test.project === '' ? [] : [`--project=${test.project}`]

  return {
    runner: 'playwright',
    repeatsAlone: true,
    // The variable adds a reporter to those of the configuration in every supported version; the
    // option --add-reporter does so only from 1.63 on.
    first: (paths) => ({
      argv: [...parsed.launcher, 'test', ...wordsOf(args)],
      env: {
        [environment.record]: paths.record,
        PW_TEST_REPORTER: reporter,
        PLAYWRIGHT_HTML_OPEN: 'never',
      },
    }),
    parallel: (paths) => arm(wordsOf(kept), paths),
    serial: (paths) => arm([...wordsOf(without(kept, workers)), '--workers=1'], paths),
    alone: (test, times, paths) => {
      const path = escapePattern(resolve(cwd, test.file))
      const place = test.line === undefined ? `${path}$` : `${path}:${test.line}`
      const grep = test.titlePath.length === 0 ? [] : [`--grep=${titlePattern(test)}`]
      const only = [place, ...wordsOf(alone), ...project(test), ...grep]
      return arm([...only, '--workers=1', `--repeat-each=${times}`], paths)
    },
    reproduceAlone: (test, times) => {
      const place = test.line === undefined ? test.file : `${test.file}:${test.line}`
      const repeat = times > 1 ? [`--repeat-each=${times}`] : []
      const own = [...wordsOf(alone), ...project(test), '--workers=1', '--retries=0', ...repeat]
      return shellLine(['npx', 'playwright', 'test', place, ...own])
    },
    reproduceTogether: (files, count) => {
      const many = count === undefined ? [] : [`--workers=${count}`]
      return shellLine(['npx', 'playwright', 'test', ...files, ...wordsOf(alone), ...many])
    },
    reproduceWhole: () => shellLine(['npx', 'playwright', 'test', ...wordsOf(args)]),
  }
}

function takes(option: string): Takes {
  if (option === 'project') return 'many'
  if (withValue.has(option)) return 'one'
  return withOptionalValue.has(option) ? 'optional' : 'none'
}

// Playwright matches "<project> <file> <suite> @tags … <test> @tags", joined with blanks.
function titlePattern(test: TestRef): string {
  const tags = String.raw`(?: @\S+)*`
  const titles = test.titlePath.map((title) => escapePattern(title) + tags)
  return `(?:^|[ /])${[escapePattern(test.file.split('/').at(-1) ?? ''), ...titles].join(' ')}$`
}
