/**
 * Traces what the tests of a worker do outside its lane, and what they leave behind. It knows no runner: whoever runs
 * tests says on whose account code runs (`within`), and asks at the end of each test, suite and file (`end`).
 */
import { syncBuiltinESMExports } from 'node:module'
import type { Touch } from '@isolane/record'
import { observeFiles, observePorts, observeSqlite } from '@isolane/record/observe'
import { wrapBetterSqlite, wrapNodeSqlite } from './databases.ts'
import { makeTouches } from './judge.ts'
import { addressOf, connecting, listening } from './ports.ts'
import { onCall } from './replace.ts'
import { currentScope, noteLeftover, setRunnerCode, withinWorker } from './scope.ts'
import type { RunnerCode } from './scope.ts'
import type { Touches } from './touches.ts'
import { watchProcess } from './watch.ts'

export { end } from './remains.ts'
export { watchGlobalTimers } from './timers.ts'
export { begin, Scope, within, withinFile, withinWorker } from './scope.ts'
export type { ScopeHolder, ScopeName, ScopeOptions } from './scope.ts'
export type { Finding, FindingKind } from './finding.ts'

/** What {@link startTrace} is told. */
export interface TraceOptions {
  /** Absolute project root: globs start here. */
  readonly root: string
  /** Globs of paths and numbers of ports that tests may use although they are not the lane's. */
  readonly allow: readonly (string | number)[]
  /** What becomes a finding; nothing when only the record wants to know. */
  readonly finds: readonly Touch['what'][]
  /** Whether what tests leave behind is looked for. */
  readonly watchesLeftovers: boolean
  /** Whether the runner itself takes back what it changes in the environment for a test. */
  readonly restoresEnvironment?: boolean
  /** The record that touches are appended to; undefined for none. */
  readonly record?: string | undefined
  /** Where this worker is, for the record. Asked at every touch, because it may change. */
  readonly place?: () => Pick<Touch, 'worker' | 'slot'>
  readonly runner?: RunnerCode
}

/**
 * Starts to trace, once in a process and for the rest of its life. Best before the runner is loaded: what modules have
 * imported by name by then must be brought up to date, which takes the longer the more there are.
 */
export function startTrace(options: TraceOptions): void {
  const { watchesLeftovers, runner } = options
  if (runner !== undefined) setRunnerCode(runner)
  let made: Touches | undefined
  // Reading what the lane is, is on no test's account.
  const touches = (): Touches => (made ??= withinWorker(() => makeTouches(options)))
  traceFiles(touches)
  tracePorts(touches, watchesLeftovers)
  traceDatabases(touches, watchesLeftovers)
  if (watchesLeftovers) watchProcess(options.restoresEnvironment ?? false)
  // Modules have imported these functions by name: what they have is brought up to date.
  syncBuiltinESMExports()
}

function traceFiles(touches: () => Touches): void {
  observeFiles(onCall, {
    file: (path, verb) => touches().file(path, verb),
    opened: (path, flags) => touches().opened(path, flags),
    madeUnique: (prefix) => touches().ground.addUnique(prefix),
    // Loading a file of tests reads its modules.
    reads: () => currentScope()?.kind === 'test',
  })
}

function tracePorts(touches: () => Touches, watchesLeftovers: boolean): void {
  observePorts(onCall, {
    listening: (server, args) => {
      listening(touches(), args)
      if (!watchesLeftovers) return
      noteLeftover(server, {
        kind: 'server',
        remains: () => server.listening,
        text: () => `left a server listening on ${addressOf(server)}`,
      })
    },
    connecting: (socket, args) => connecting(touches(), socket, args),
  })
}

function traceDatabases(touches: () => Touches, watchesTransactions: boolean): void {
  observeSqlite({
    betterSqlite: (addon) => wrapBetterSqlite(addon, touches(), watchesTransactions),
    nodeSqlite: () => wrapNodeSqlite(touches(), watchesTransactions),
  })
}
