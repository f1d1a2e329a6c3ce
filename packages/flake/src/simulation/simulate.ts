import { Budget, defaultBudgetMs } from '../experiment/budget.ts'
import { investigate } from '../experiment/investigate.ts'
import type { Lab } from '../experiment/lab.ts'
import { suspectsOf } from '../experiment/triage.ts'
import { findingsOf } from '../report/findings.ts'
import type { Finding } from '../report/schema.ts'
import type { Driver } from '../runners/driver.ts'
import { runMadeUp } from './made-up-run.ts'
import type { MadeUpSuite } from './suite.ts'

/** What `isolane flake` would have said of a made-up suite. */
export interface Simulated {
  readonly findings: readonly (Finding & { readonly decided: boolean })[]
  /** Runs of the whole suite until the first failure. */
  readonly firstRuns: number
  readonly wallMs: { readonly first: number; readonly serial: number; readonly experiments: number }
  readonly arms: number
}

/** How a suite is examined. */
export interface SimulateOptions {
  /** Random numbers from 0 to 1; a seeded source gives the same again. */
  readonly random: () => number
  /** Default: as on the command line. */
  readonly budgetMs?: number
  /** Runs of the whole suite before giving up when nothing fails. Default 1000. */
  readonly patience?: number
  /** True when arms can be isolated. */
  readonly sandbox?: boolean
  readonly allPolluters?: boolean
  /** Gets a line for every arm. */
  readonly onStep?: (line: string) => void
}

/**
 * Examines a made-up suite with the experiments, statistics and searches of `isolane flake`, on a clock of
 * its own: nothing is started, and an hour takes a millisecond.
 */
export async function simulate(suite: MadeUpSuite, options: SimulateOptions): Promise<Simulated> {
  const { random, budgetMs, patience = 1000, sandbox = false, onStep = () => {} } = options
  let clockMs = 1_000_000
  let arms = 0
  const lab: Lab = {
    canIsolate: () => Promise.resolve(sandbox),
    run: (name, request, conditions) => {
      const { record, wallMs } = runMadeUp(suite, request, conditions, { random, atMs: clockMs })
      clockMs += wallMs
      arms += 1
      return Promise.resolve({ name, record, exitCode: 1, wallMs, logPath: '', hung: false })
    },
  }
  const serial = runMadeUp(suite, { workers: 1 }, {}, { random: () => 1, atMs: clockMs }).wallMs
  let first = runMadeUp(suite, {}, {}, { random, atMs: clockMs })
  let firstRuns = 1
  for (
    ;
    firstRuns < patience && suspectsOf(first.record, '', new Set()).length === 0;
    firstRuns += 1
  ) {
    first = runMadeUp(suite, {}, {}, { random, atMs: clockMs })
  }
  clockMs += first.wallMs
  const budget = new Budget(budgetMs ?? defaultBudgetMs(first.wallMs), () => clockMs)
  const suspects = suspectsOf(first.record, 'first', new Set())
  const planner = await investigate(suspects, new Set(), {
    driver: madeUpDriver,
    budget,
    thorough: false,
    isBudgetGiven: budgetMs !== undefined,
    allPolluters: options.allPolluters === true,
    progress: { step: onStep, note: onStep },
    signal: new AbortController().signal,
    firstWallMs: first.wallMs,
    workers: suite.workers,
    lab,
  })
  const context = {
    driver: madeUpDriver,
    workers: suite.workers,
    wholeWallMs: first.wallMs,
    serialRecord: planner.serialRecord,
  }
  return {
    findings: planner.suspects.flatMap((suspect) => {
      const answer = planner.answer(suspect)
      return findingsOf(suspect, answer, context).map((finding) => ({
        ...finding,
        decided: answer.decided,
      }))
    }),
    firstRuns,
    wallMs: { first: first.wallMs, serial, experiments: budget.spentMs },
    arms,
  }
}

const nothing = { argv: ['made-up'], env: {} } as const
const madeUpDriver: Driver = {
  runner: 'made-up',
  abilities: {
    ...{ repeats: 'anything', batches: true, picks: true, reorders: true, ordersFiles: true },
    scales: true,
  },
  first: () => nothing,
  arm: () => nothing,
  reproduceAlone: ({ key }) => `made-up ${key}`,
  reproduceTogether: (files) => `made-up ${files.join(' ')}`,
  reproduceInOrder: (tests) => `made-up ${tests.map(({ key }) => key).join(' ')}`,
  reproduceWhole: () => 'made-up',
}
