import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { optionsOf, parseArguments, without, wordsOf } from '../arguments.ts'
import type { Takes } from '../arguments.ts'
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
  `import require r loader experimental-loader conditions C env-file env-file-if-exists test-concurrency
  test-reporter test-reporter-destination test-name-pattern test-skip-pattern test-shard test-timeout
  test-isolation test-global-setup test-coverage-include test-coverage-exclude test-rerun-failures`.split(
    /\s+/,
  ),
)
const reporting = ['test-reporter', 'test-reporter-destination']
const selecting = ['test-name-pattern', 'test-skip-pattern', 'test-only', 'test-shard']

/** The driver for `node --test`. Every file runs in a process of its own. */
export function nodeTestDriver(launcher: string, words: readonly string[]): Driver {
  const args = parseArguments(words, takes)
  const kept = without(args, [
    ...reporting,
    ...['experimental-test-coverage', 'watch', 'test-rerun-failures'],
    ...['include', 'exclude', 'lines', 'branches', 'functions'].map((of) => `test-coverage-${of}`),
  ])
  const own = optionsOf(without(kept, [...selecting, 'test-concurrency']))
  const given = Number(args.find(({ option }) => option === 'test-concurrency')?.value)
  // As Node.js chooses it.
  const many = given > 0 ? given : Math.max(1, availableParallelism() - 1)
  const arm = (
    [options, files]: readonly [readonly string[], readonly string[]],
    paths: ArmPaths,
    count: number,
  ): Invocation => {
    const shown = options.some((word) => word.startsWith('--test-reporter'))
    const reporters = shown ? [reporter] : ['spec', reporter]
    return {
      argv: [
        launcher,
        ...options,
        ...reporters.flatMap((name) => [
          `--test-reporter=${name}`,
          '--test-reporter-destination=stdout',
        ]),
        ...files,
      ],
      env: {
        [environment.record]: paths.record,
        [environment.nodeTestWorkers]: String(count),
      },
    }
  }
  // Node.js needs one for each reporter as soon as there are two.
  const asked = args.filter(({ option }) => option === 'test-reporter')
  const isPlaced = args.some(({ option }) => option === 'test-reporter-destination')
  const destination = asked.length > 0 && !isPlaced ? ['--test-reporter-destination=stdout'] : []
  const places = wordsOf(args.filter(({ option }) => option === undefined))
  const concurrency = (count: number): string => `--test-concurrency=${count}`
  const whole = ({ workers: count = many }: WholeRequest, paths: ArmPaths): Invocation => {
    const options = wordsOf(optionsOf(without(kept, ['test-concurrency'])))
    return arm([[...options, concurrency(count)], places], paths, count)
  }
  const picked = (tests: readonly TestRef[]): string[] => {
    if (tests.some(({ titlePath }) => titlePath.length === 0)) return []
    return tests.map(
      ({ titlePath }) => `--test-name-pattern=^${escapePattern(titlePath.join(' '))}$`,
    )
  }
  const selected = ({ tests, workers: count }: SelectedRequest, paths: ArmPaths): Invocation => {
    const files = [...new Set(tests.map(({ file }) => file))]
    return arm([[...wordsOf(own), concurrency(count), ...picked(tests)], files], paths, count)
  }
  const line = (tests: readonly TestRef[]): string =>
    shellLine([
      'node',
      ...wordsOf(own),
      ...picked(tests),
      ...new Set(tests.map(({ file }) => file)),
    ])

  return {
    runner: 'node:test',
    abilities: {
      repeats: 'nothing',
      picks: true,
      reorders: false,
      ordersFiles: false,
      scales: true,
    },
    first: (paths) => arm([[...wordsOf(optionsOf(args)), ...destination], places], paths, many),
    arm: armsOf(whole, selected),
    reproduceAlone: (test) => line([test]),
    reproduceTogether: (files, count) =>
      shellLine(['node', ...wordsOf(own), concurrency(count ?? 2), ...files]),
    reproduceInOrder: (tests) => line(tests),
    reproduceWhole: () => shellLine(['node', ...words]),
  }
}

function takes(option: string): Takes {
  return withValue.has(option) ? 'one' : 'none'
}
