import { availableParallelism } from 'node:os'
import { delimiter } from 'node:path'
import { fileURLToPath } from 'node:url'
import { optionsOf, parseArguments, without, wordsOf } from '../arguments.ts'
import type { Argument, Takes } from '../arguments.ts'
import type {
  ArmPaths,
  Driver,
  Invocation,
  SelectedRequest,
  TestRef,
  WholeRequest,
} from '../driver.ts'
import { shellLine } from '../shell.ts'
import { makeRecord } from './make-record.ts'

const plugins = fileURLToPath(new URL('.', import.meta.url))

const withValue = new Set(
  `k m p c n numprocesses dist maxprocesses maxfail o override-ini rootdir W log-level junitxml junit-xml
  durations tb capture confcutdir basetemp import-mode ignore ignore-glob deselect reruns reruns-delay
  cov cov-report cov-config timeout timeout-method color config-file r seed randomly-seed`.split(
    /\s+/,
  ),
)
const perArm = [
  ...['junitxml', 'junit-xml', 'x', 'exitfirst', 'maxfail', 'reruns', 'reruns-delay', 'cov'],
  ...['cov-report', 'sw', 'stepwise', 'durations'],
]
const selecting = [
  'k',
  'm',
  'lf',
  'last-failed',
  'ff',
  'failed-first',
  'deselect',
  'nf',
  'new-first',
]
const workers = ['n', 'numprocesses', 'dist', 'maxprocesses']

/** The driver for a command of pytest, with or without xdist. `launcher` ends with pytest. */
export function pytestDriver(
  launcher: readonly [string, ...string[]],
  words: readonly string[],
  cwd: string,
): Driver {
  const args = parseArguments(words.flatMap(apart), takes)
  const kept = without(args, perArm)
  const own = optionsOf(without(kept, [...selecting, ...workers]))
  const many = workersOf(args)
  const arm = (list: readonly string[], paths: ArmPaths, count: number | undefined): Invocation => {
    const file = `${paths.record}.xml`
    return {
      // The old family of the format names the file of each test.
      argv: [
        ...launcher,
        ...list,
        ...['-p', 'isolane_pytest', `--junitxml=${file}`, '-o', 'junit_family=xunit1'],
      ],
      env: { PYTHONPATH: [plugins, process.env['PYTHONPATH']].filter(Boolean).join(delimiter) },
      after: async (run) => {
        const output = { files: [file], cwd, runner: 'pytest', workers: count }
        await makeRecord(paths.record, output, run)
      },
    }
  }
  const spread = (count: number): string[] => {
    if (many === undefined) return []
    return count === 1 ? ['-n0'] : [`-n${count}`]
  }
  const whole = ({ workers: count }: WholeRequest, paths: ArmPaths): Invocation =>
    count === undefined
      ? arm(wordsOf(kept), paths, many ?? 1)
      : arm([...wordsOf(without(kept, workers)), ...spread(count)], paths, count)
  // pytest runs the tests in the order in which they are named.
  const selected = ({ tests, workers: count }: SelectedRequest, paths: ArmPaths): Invocation =>
    arm([...wordsOf(own), ...spread(count), ...tests.map(idOf)], paths, count)

  const line = (...list: readonly string[]): string => shellLine([...launcher, ...list])
  return {
    runner: many === undefined ? 'pytest' : 'pytest-xdist',
    abilities: {
      ...{ repeats: 'nothing', picks: true, reorders: true, ordersFiles: true },
      scales: many !== undefined,
    },
    first: (paths) => arm(wordsOf(without(args, ['junitxml', 'junit-xml'])), paths, many ?? 1),
    arm: (request, paths) =>
      request.tests === undefined ? whole(request, paths) : selected(request, paths),
    reproduceAlone: (test) => line(...wordsOf(own), ...spread(1), idOf(test)),
    reproduceTogether: (files, count) => line(...wordsOf(own), ...spread(count ?? 2), ...files),
    reproduceInOrder: (tests) => line(...wordsOf(own), ...spread(1), ...tests.map(idOf)),
    reproduceWhole: () => shellLine([...launcher, ...words]),
  }
}

function takes(option: string): Takes {
  return withValue.has(option) ? 'one' : 'none'
}

// `-n4` is `-n 4`.
function apart(word: string): string[] {
  const match = /^-([nkmpcoWr])([^-=].*)$/.exec(word)
  return match === null ? [word] : [`-${match[1]}`, match[2] ?? '']
}

function workersOf(args: readonly Argument[]): number | undefined {
  const value = args.findLast(({ option }) => option === 'n' || option === 'numprocesses')?.value
  if (value === undefined || value === '0') return undefined
  const count = Number(value)
  return Number.isInteger(count) && count > 0 ? count : availableParallelism()
}

function idOf({ file, titlePath }: TestRef): string {
  return [file, ...titlePath].join('::')
}
