import { isAbsolute, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { IsolaneError } from '@isolane/record'
import { optionsOf, parseArguments, without, wordsOf } from '../arguments.ts'
import type { Takes } from '../arguments.ts'
import { directLauncher } from '../command.ts'
import type { ParsedCommand } from '../command.ts'
import { canRepeat } from '../driver.ts'
import type {
  Abilities,
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

const reporter = fileURLToPath(new URL('./reporter.js', import.meta.url))
const sequencer = fileURLToPath(new URL('./sequencer.js', import.meta.url))
const places = fileURLToPath(new URL('./places.cjs', import.meta.url))
const arrange = fileURLToPath(new URL('./arrange-tests.cjs', import.meta.url))

const withValue = new Set(
  `c config maxWorkers w t testNamePattern testTimeout seed shard rootDir cacheDirectory maxConcurrency
  env testEnvironment testSequencer testRunner outputFile changedSince globals transform resolver
  workerIdleMemoryLimit testEnvironmentOptions coverageDirectory coverageProvider preset prettierPath
  runner globalSetup globalTeardown filter openHandlesTimeout`.split(/\s+/),
)
const withMany = new Set(
  `reporters projects selectProjects ignoreProjects testPathPatterns testPathPattern
  testPathIgnorePatterns setupFiles setupFilesAfterEnv roots testMatch testRegex
  collectCoverageFrom coverageReporters findRelatedTests runTestsByPath`.split(/\s+/),
)
const watching = ['watch', 'watchAll']
const perArm = [
  ...['reporters', 'json', 'outputFile', 'coverage', 'collectCoverage', 'collectCoverageFrom'],
  ...['coverageReporters', 'bail', 'b', 'u', 'updateSnapshot', 'ci', 'verbose', 'silent', 'notify'],
  ...['testSequencer', 'testLocationInResults'],
]
const selecting = [
  ...['t', 'testNamePattern', 'o', 'onlyChanged', 'onlyFailures', 'f', 'changedSince', 'shard'],
  ...['lastCommit', 'findRelatedTests', 'testPathPatterns', 'testPathPattern', 'runTestsByPath'],
  ...['randomize', 'passWithNoTests'],
]
const workers = ['maxWorkers', 'w', 'runInBand', 'i']

const abilities: Abilities = {
  repeats: 'file',
  repetitionMs: 700,
  picks: true,
  reorders: true,
  ordersFiles: true,
  scales: true,
}

/**
 * The driver for a command of Jest.
 *
 * @throws `ISOLANE_OPTION` for commands of Jest that run no tests.
 */
export function jestDriver(parsed: ParsedCommand, cwd: string): Driver {
  const given = parseArguments(parsed.args, takes)
  const asks = given.find(({ option }) => option !== undefined && asking.has(option))
  if (asks !== undefined) {
    throw new IsolaneError('ISOLANE_OPTION', {
      message: `isolane flake cannot use "jest ${asks.words.join(' ')}": it runs no tests`,
      hint: 'leave the option out.',
      details: { option: asks.option },
    })
  }
  const args = without(given, watching)
  const direct = directLauncher(parsed, cwd)
  const kept = without(args, perArm)
  const alone = optionsOf(without(kept, [...selecting, ...workers]))
  const inArm = ['--ci', '--bail=0', '--coverage=false', '--testLocationInResults']
  const env = (paths: ArmPaths, preloads = [places]): Record<string, string> => ({
    [environment.record]: paths.record,
    [environment.jestPlaces]: `${paths.record}.places`,
    NODE_OPTIONS: [
      process.env['NODE_OPTIONS'] ?? '',
      ...preloads.map((path) => `--require ${JSON.stringify(path)}`),
    ]
      .join(' ')
      .trim(),
  })

  const arm = (words: readonly string[], paths: ArmPaths, selection?: Selection): Invocation => ({
    argv: [
      ...direct,
      ...words,
      ...inArm,
      ...(paths.seed === undefined ? [] : [`--seed=${paths.seed}`]),
      `--testSequencer=${sequencer}`,
      '--reporters=default',
      `--reporters=${reporter}`,
    ],
    env: {
      ...env(paths, selection === undefined ? [places] : [places, arrange]),
      ...(paths.order === undefined ? {} : { [environment.order]: paths.order }),
      ...(selection === undefined ? {} : { [environment.selection]: paths.selection }),
    },
    ...(selection === undefined ? {} : { selection: JSON.stringify(selection) }),
  })
  const whole = ({ workers: count }: WholeRequest, paths: ArmPaths): Invocation => {
    const own = count === undefined ? kept : without(kept, workers)
    const many = count === undefined ? sideBySide(args) : workerWords(count)
    return arm([...wordsOf(own), ...many], paths)
  }
  const selected = (
    { tests, workers: count, times: wanted }: SelectedRequest,
    paths: ArmPaths,
  ): Invocation => {
    const files = [...new Set(tests.map(({ file }) => absolute(file, cwd)))]
    const times = canRepeat(abilities, tests) ? wanted : 1
    const projects = [...new Set(tests.map(({ project }) => project).filter((one) => one !== ''))]
    // A pattern of names cannot spare a file that shall run whole.
    const picks = tests.every(({ titlePath }) => titlePath.length > 0)
    return arm(
      [
        ...wordsOf(alone),
        ...(times > 1 ? inFreshProcesses : workerWords(count)),
        ...projects.map((project) => `--selectProjects=${project}`),
        ...(picks ? [`--testNamePattern=${namePattern(tests)}`] : []),
        '--runTestsByPath',
        ...files,
      ],
      paths,
      selectionOf(tests, times),
    )
  }
  const select = (tests: readonly TestRef[]): string[] => {
    const files = [...new Set(tests.map(({ file }) => file))]
    const picks = tests.every(({ titlePath }) => titlePath.length > 0)
    return [...files, ...wordsOf(alone), ...(picks ? ['-t', namePattern(tests)] : [])]
  }

  return {
    runner: 'jest',
    abilities,
    first: (paths) => ({
      argv: [
        ...parsed.launcher,
        ...wordsOf(args),
        ...(args.some(({ option }) => option === 'reporters') ? [] : ['--reporters=default']),
        `--reporters=${reporter}`,
        '--testLocationInResults',
      ],
      env: env(paths),
    }),
    arm: armsOf(whole, selected),
    reproduceAlone: (test) => shellLine(['npx', 'jest', ...select([test])]),
    reproduceTogether: (files, count) => {
      const many = count === undefined ? [] : workerWords(count)
      return shellLine(['npx', 'jest', ...files, ...wordsOf(alone), ...many])
    },
    reproduceInOrder: (tests) => shellLine(['npx', 'jest', ...select(tests), '--runInBand']),
    reproduceWhole: () => shellLine(['npx', 'jest', ...wordsOf(without(args, ['reporters']))]),
  }
}

const asking = new Set([
  'listTests',
  'showConfig',
  'clearCache',
  'init',
  'help',
  'h',
  'version',
  'v',
])

function takes(option: string): Takes {
  if (withValue.has(option)) return 'one'
  return withMany.has(option) ? 'many' : 'none'
}

// Jest joins the titles with blanks before it matches.
function namePattern(tests: readonly TestRef[]): string {
  const names = tests.map(({ titlePath }) => escapePattern(titlePath.join(' ')))
  return names.length === 1 ? `^${names[0]}$` : `^(${names.join('|')})$`
}

// A limit of memory that is never met keeps Jest from running a few fast files in one process.
const inProcesses = '--workerIdleMemoryLimit=64GB'

// One that is always met gives every file of a worker a process of its own.
const inFreshProcesses = ['--maxWorkers=1', '--workerIdleMemoryLimit=0']

function workerWords(count: number): string[] {
  return count === 1 ? ['--runInBand'] : [`--maxWorkers=${count}`, inProcesses]
}

function sideBySide(args: readonly { readonly option?: string }[]): string[] {
  const inBand = args.some(({ option }) => option === 'runInBand' || option === 'i')
  return inBand ? [] : [inProcesses]
}

function absolute(file: string, cwd: string): string {
  return isAbsolute(file) ? file : resolve(cwd, file)
}
