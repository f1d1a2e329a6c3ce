/**
 * Watches the tests of a worker: what they do outside their lane, and what they leave behind. Loaded only where
 * somebody wants to know.
 */
import { fileURLToPath } from 'node:url'
import { startTrace, watchGlobalTimers, within } from '@isolane/core/trace'
import type { ScopeHolder } from '@isolane/core/trace'
import type { RunnerTestCase, RunnerTestFile, RunnerTestSuite, TestRunner } from 'vitest'
import type { WorkerGuard } from '../shared/worker-guard.ts'
import { GuardReport } from './guard-report.ts'
import { keepScoped } from './scoped-fixtures.ts'
import { TestScopes } from './test-scopes.ts'
import type { Found } from './test-scopes.ts'

/** What this needs of Vitest: the module that tests import. */
type Vitest = Pick<typeof import('vitest'), 'TestRunner' | 'test'>

/** A runner with the hooks that Vitest calls when they are there. */
type Runner = Omit<TestRunner, 'onAfterRetryTask'> & {
  onAfterRetryTask?: TestRunner['onAfterRetryTask']
  onBeforeCollect?: (paths: string[]) => unknown
  onCollected?: (files: RunnerTestFile[]) => unknown
}

const ownDirectory = fileURLToPath(new URL('../../', import.meta.url))

/**
 * Begins to watch what this worker does, before Vitest is loaded.
 *
 * @param vitestDirectory where Vitest's own code lies.
 */
export function watchWorker(vitestDirectory: string, settings: WorkerGuard): void {
  const { level, root, keptApart } = settings
  const isSandboxed = process.env['ISOLANE_LAYER'] !== undefined
  const isApart = (part: string): boolean => isSandboxed && keptApart.includes(part)
  const finds = (['port', 'file', 'database'] as const).filter(
    (what) => level !== 'off' && !isApart(what === 'port' ? 'network' : 'files'),
  )
  startTrace({
    root,
    allow: settings.allow,
    finds,
    watchesLeftovers: level !== 'off',
    restoresEnvironment: settings.unstubEnvs,
    // Written in a copy of the project, it would reach nobody.
    record: isApart('files') ? undefined : settings.record,
    place: () => ({
      worker: process.env['VITEST_WORKER_ID'],
      slot: Number(process.env['VITEST_POOL_ID']),
    }),
    runner: { directories: [vitestDirectory, ownDirectory], transparent: /[\\/]spy[.\w-]*\.js$/ },
  })
}

/** Watches all tests that this worker will run: with which of them lies what it does. */
export function watchTests(vitest: Vitest, settings: WorkerGuard): void {
  const { level, root, project, isolate } = settings
  if (level !== 'off') watchGlobalTimers()
  const report = new GuardReport(root)
  const scopes = new TestScopes({
    project,
    endsWithFile: isolate,
    onLate: ({ title, findings }) => report.warn(title, findings),
  })
  const runner = vitest.TestRunner.prototype as Runner
  account(runner, scopes)
  judge(runner, scopes, (found) => {
    if (found === undefined) return undefined
    if (level === 'error') return report.error(found.title, found.findings)
    report.warn(found.title, found.findings)
    return undefined
  })
  keepScopedFixtures(vitest.test)
}

interface Extendable {
  extend(this: unknown, ...args: unknown[]): Extendable
}

/** Has fixtures that outlive a test run on another account than the test's. */
function keepScopedFixtures(test: Extendable): void {
  const { extend } = test
  test.extend = function (...args) {
    const extended = extend.apply(this, keepScoped(args))
    keepScopedFixtures(extended)
    return extended
  }
}

/** Has everything run on the account of its test, suite or file. */
function account(runner: Runner, scopes: TestScopes): void {
  const { onBeforeCollect, onCollected, onBeforeTryTask } = runner
  const wrapped = new WeakSet<Runner>()
  runner.onBeforeCollect = async function (this: Runner, paths) {
    if (!wrapped.has(this)) followTrace(this, scopes)
    wrapped.add(this)
    await onBeforeCollect?.call(this, paths)
  }
  runner.onCollected = async function (this: Runner, files) {
    for (const file of files) scopes.collected(file)
    await onCollected?.call(this, files)
  }
  runner.onBeforeTryTask = function (this: Runner, test, options) {
    if (test.type === 'test') scopes.attempt(test)
    onBeforeTryTask.call(this, test, options)
  }
}

/** Vitest runs each part of its work within its runner's `trace`: loading a file, a suite with its hooks, a test. */
function followTrace(runner: Runner, scopes: TestScopes): void {
  const { trace } = runner
  const holderOf = (
    name: string,
    attributes: Readonly<Record<string, unknown>>,
  ): ScopeHolder | undefined => {
    if (name === 'collect_spec' || name === 'run.spec') {
      return scopes.file(String(attributes['code.file.path']))
    }
    if (name === 'run.suite') return scopes.suite(String(attributes['vitest.suite.id']))
    if (name === 'run.test') return scopes.test(String(attributes['vitest.test.id']))
    return undefined
  }
  runner.trace = (name, attributes, work) => {
    const holder = typeof attributes === 'function' ? undefined : holderOf(name, attributes)
    const run = (): ReturnType<typeof trace> => trace.call(runner, name, attributes, work)
    return (holder === undefined ? run() : within(holder, run)) as never
  }
}

/** Has a test, a suite or a file fail with what `failure` makes of the things found when it is over. */
function judge(
  runner: Runner,
  scopes: TestScopes,
  failure: (found: Found | undefined) => Error | undefined,
): void {
  const { onAfterRetryTask, onAfterRunTask, onAfterRunSuite } = runner
  runner.onAfterRetryTask = async function (this: Runner, test, options) {
    // Vitest 4 calls it, and its own runner has none.
    await onAfterRetryTask?.call(this, test, options)
    const error = failure(await scopes.attempted(test))
    // Thrown here it fails the attempt, as an error in `afterEach` does.
    if (error !== undefined) throw error
  }
  runner.onAfterRunTask = async function (this: Runner, task) {
    const error = failure(await scopes.tested(task.id))
    if (error !== undefined) fail(task, error)
    onAfterRunTask.call(this, task)
  }
  runner.onAfterRunSuite = async function (this: Runner, suite) {
    await onAfterRunSuite.call(this, suite)
    const error = failure(await scopes.suiteEnded(suite))
    if (error !== undefined) fail(suite, error)
  }
}

/** Fails what Vitest has already judged, but not yet reported. */
function fail(task: RunnerTestCase | RunnerTestSuite, { name, message, stack }: Error): void {
  const { result } = task
  if (result === undefined) return
  result.state = 'fail'
  result.errors = [...(result.errors ?? []), { name, message, stack: stack ?? '' }]
  const last = result.attempts?.at(-1)
  if (last === undefined) return
  last.state = 'fail'
  last.errors = [...(last.errors ?? []), { name, message, stack: stack ?? '' }]
}
