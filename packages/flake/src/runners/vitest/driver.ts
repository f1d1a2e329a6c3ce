import { isAbsolute, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { IsolaneError } from '@isolane/record'
import { optionsOf, parseArguments, without, wordsOf } from '../arguments.ts'
import type { Argument, Takes } from '../arguments.ts'
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
import { selectionOf } from '../selection.ts'
import type { Selection } from '../selection.ts'
import { escapePattern, shellLine } from '../shell.ts'
import { armsOf } from '../touches/with-touches.ts'
import { installedMajor } from './installed-version.ts'

const reporter = fileURLToPath(new URL('./reporter.js', import.meta.url))

// Vitest's parser gives the next word to every option but these.
const flags = new Set(
  `w watch ui open hideSkippedTests coverage isolate globals injectCjsGlobals dom fileParallelism
  passWithNoTests logHeapUsage detectAsyncLeaks allowOnly dangerouslyIgnoreUnhandledErrors
  sinceLastRun lastFailed expandSnapshotDiff disableConsoleIntercept typecheck cache fsModuleCache
  expect printConsoleTrace includeTaskLocation run color clearScreen standalone strictTags
  sharedViteServer clearCache h help v version file-parallelism run`.split(/\s+/),
)
const subcommands = new Set(['run', 'watch', 'dev', 'related'])
const otherSubcommands = new Set(['bench', 'init', 'doctor', 'list', 'complete'])
const watching = ['watch', 'w', 'ui', 'open', 'run', 'standalone']
const reporting = ['reporter', 'reporters', 'outputFile', 'outputFile.*']
const perArm = [
  ...reporting,
  ...['coverage', 'coverage.*', 'u', 'update', 'bail', 'retry', 'retry.*'],
  ...['includeTaskLocation', 'hideSkippedTests', 'silent'],
]
const selecting = [
  ...['t', 'testNamePattern', 'tagsFilter', 'changed', 'sinceLastRun', 'lastFailed', 'shard'],
  ...['p', 'project', 'sequence.shuffle', 'sequence.shuffle.*', 'passWithNoTests'],
]
const workers = ['maxWorkers', 'minWorkers', 'fileParallelism', 'file-parallelism']

/**
 * The driver for a Vitest command.
 *
 * @throws `ISOLANE_OPTION` for commands of Vitest that run no tests.
 */
export function vitestDriver(parsed: ParsedCommand, cwd: string): Driver {
  const [head] = parsed.args
  if (head !== undefined && otherSubcommands.has(head)) {
    throw new IsolaneError('ISOLANE_OPTION', {
      message: `isolane flake cannot use "vitest ${head}": it runs no tests`,
      hint: 'use vitest run, vitest, or vitest related <files>.',
      details: { command: head },
    })
  }
  const named = head !== undefined && subcommands.has(head)
  const subcommand = named && head === 'related' ? ['related'] : ['run']
  const args = without(parseArguments(named ? parsed.args.slice(1) : parsed.args, takes), watching)
  if (subcommand[0] === 'related') args.push({ option: 'run', words: ['--run'] })
  const direct = directLauncher(parsed, cwd)
  // Vitest joins the titles so before it matches.
  const separator = (installedMajor(direct, cwd) ?? 5) < 5 ? ' ' : ' > '
  const patternOf = (test: TestRef): string => escapePattern(test.titlePath.join(separator))
  const namePattern = (test: TestRef): string => `^${patternOf(test)}$`
  const kept = without(args, perArm)
  const alone = optionsOf(without(kept, [...selecting, ...workers, 'run']))
  const inArm = ['--retry=0', '--bail=0', '--coverage.enabled=false', '--includeTaskLocation']

  const arm = (words: readonly string[], paths: ArmPaths, selection?: Selection): Invocation => ({
    argv: [
      ...direct,
      ...words,
      ...inArm,
      ...(paths.seed === undefined ? [] : [`--sequence.seed=${paths.seed}`]),
      '--reporter=dot',
      `--reporter=${reporter}`,
    ],
    env: {
      [environment.record]: paths.record,
      ...(paths.order === undefined ? {} : { [environment.order]: paths.order }),
      ...(selection === undefined ? {} : { [environment.selection]: paths.selection }),
    },
    ...(selection === undefined ? {} : { selection: JSON.stringify(selection) }),
  })
  const whole = ({ workers: count, times = 1 }: WholeRequest, paths: ArmPaths): Invocation => {
    const selection = times === 1 ? undefined : { tests: {}, times }
    if (count === undefined) return arm([...subcommand, ...wordsOf(kept)], paths, selection)
    const own = wordsOf(without(kept, workers))
    return arm([...subcommand, ...own, ...workerWords(count)], paths, selection)
  }
  const selected = (
    { tests, workers: count, times, more = [] }: SelectedRequest,
    paths: ArmPaths,
  ): Invocation => {
    const all = [tests, ...more].flat()
    const files = new Set(all.map(({ file }) => absolute(file, cwd)))
    const projects = new Set(all.map(({ project }) => project).filter((name) => name !== ''))
    const [test, ...others] = all
    const single = test !== undefined && others.length === 0
    const name =
      single && test.titlePath.length > 0 ? [`--testNamePattern=${namePattern(test)}`] : []
    const words = [
      'run',
      ...files,
      ...wordsOf(alone),
      ...workerWords(count),
      ...[...projects].map((project) => `--project=${project}`),
      ...name,
    ]
    // One test alone needs no help inside the workers.
    const refs = single ? [{ ...test, titlePath: [] }] : tests
    const selection = selectionOf(refs, times)
    const rest = more.map((one) => selectionOf(one, times))
    return arm(words, paths, rest.length === 0 ? selection : { ...selection, more: rest })
  }

  return {
    runner: 'vitest',
    abilities: {
      repeats: 'anything',
      batches: true,
      picks: true,
      reorders: true,
      ordersFiles: true,
      scales: true,
    },
    first: (paths) => ({
      argv: [...parsed.launcher, ...subcommand, ...wordsOf(args), `--reporter=${reporter}`],
      env: {
        [environment.record]: paths.record,
        ...(hasReporter(args) ? {} : { [environment.restore]: '1' }),
      },
    }),
    arm: armsOf(whole, selected),
    reproduceAlone: (test) => {
      const name = test.titlePath.length === 0 ? [] : ['-t', namePattern(test)]
      const project = test.project === '' ? [] : ['--project', test.project]
      return shellLine(['npx', 'vitest', 'run', test.file, ...wordsOf(alone), ...project, ...name])
    },
    reproduceTogether: (files, count) => {
      const many = count === undefined ? [] : [`--maxWorkers=${count}`]
      return shellLine(['npx', 'vitest', 'run', ...files, ...wordsOf(alone), ...many])
    },
    reproduceInOrder: (tests) => {
      const files = [...new Set(tests.map(({ file }) => file))]
      const oneFile = files.length === 1 && tests.every(({ titlePath }) => titlePath.length > 0)
      const name = oneFile ? ['-t', `^(${tests.map(patternOf).join('|')})$`] : []
      const serial = files.length > 1 ? ['--no-file-parallelism'] : []
      return shellLine(['npx', 'vitest', 'run', ...files, ...wordsOf(alone), ...serial, ...name])
    },
    reproduceWhole: () =>
      shellLine(['npx', 'vitest', ...subcommand, ...wordsOf(without(args, reporting))]),
  }
}

function takes(option: string): Takes {
  const name = option.replace(/^no-/, '')
  if (option.startsWith('no-') || flags.has(name) || /\.(enabled|clean|all)$/.test(name)) {
    return 'none'
  }
  return 'optional'
}

function hasReporter(args: readonly Argument[]): boolean {
  return args.some(({ option }) => option === 'reporter' || option === 'reporters')
}

function workerWords(count: number): string[] {
  return count === 1 ? ['--no-file-parallelism'] : [`--maxWorkers=${count}`, '--fileParallelism']
}

function absolute(file: string, cwd: string): string {
  return isAbsolute(file) ? file : resolve(cwd, file)
}
