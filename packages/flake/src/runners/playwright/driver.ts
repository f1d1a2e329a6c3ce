import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { IsolaneError } from '@isolane/record'
import { optionsOf, parseArguments, without, wordsOf } from '../arguments.ts'
import type { Takes } from '../arguments.ts'
import { directLauncher } from '../command.ts'
import type { ParsedCommand } from '../command.ts'
import type {
  ArmPaths,
  Driver,
  Invocation,
  SelectedRequest,
  TestRef,
  WholeRequest,
} from '../driver.ts'
import { environment } from '../environment.ts'
import { escapePattern, shellLine } from '../shell.ts'
import { armsOf } from '../touches/with-touches.ts'

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
  const whole = ({ workers: count }: WholeRequest, paths: ArmPaths): Invocation => {
    const words = count === undefined ? kept : without(kept, workers)
    return arm([...wordsOf(words), ...(count === undefined ? [] : [`--workers=${count}`])], paths)
  }
  const selected = (
    { tests, workers: count, times }: SelectedRequest,
    paths: ArmPaths,
  ): Invocation => {
    const places = tests.map(({ file, line, titlePath }) => {
      const path = escapePattern(resolve(cwd, file))
      return line === undefined || titlePath.length === 0 ? `${path}$` : `${path}:${line}`
    })
    const projects = new Set(tests.flatMap(project))
    const [test, ...others] = tests
    const single = test !== undefined && others.length === 0 && test.titlePath.length > 0
    const grep = single ? [`--grep=${titlePattern(test)}`] : []
    const only = [...places, ...wordsOf(alone), ...projects, ...grep]
    return arm([...only, `--workers=${count}`, `--repeat-each=${times}`], paths)
  }

  return {
    runner: 'playwright',
    // Files run in the order of their names, and tests in the order of the file.
    abilities: {
      repeats: 'anything',
      repetitionMs: 700,
      picks: true,
      reorders: false,
      ordersFiles: false,
      scales: true,
    },
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
    arm: armsOf(whole, selected),
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
    reproduceInOrder: (tests) => {
      const places = tests.map(({ file, line, titlePath }) =>
        line === undefined || titlePath.length === 0 ? file : `${file}:${line}`,
      )
      const own = [...wordsOf(alone), ...new Set(tests.flatMap(project)), '--workers=1']
      return shellLine(['npx', 'playwright', 'test', ...places, ...own, '--retries=0'])
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
