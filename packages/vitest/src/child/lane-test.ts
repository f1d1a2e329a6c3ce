import { isMainThread } from 'node:worker_threads'
import { IsolaneError } from '@isolane/core'
import type { CurrentLane, Lanes, Resources } from '@isolane/core'
import { test } from 'vitest'
import type { TestAPI, TestContext } from 'vitest'
import type { LaneMeta } from '../shared/messages.ts'
import { host } from './host.ts'
import { LockingLane } from './lane-lock.ts'
import { resolveLaneTestOptions } from './lane-test-options.ts'
import type { LaneTestOptions } from './lane-test-options.ts'
import { resetBefore } from './reset-before.ts'
import { leftBy, usedBy } from './suspects.ts'

/** Fixtures: `lane`, and every resource of the lane by its name. */
export type LaneFixtures<R extends Resources> = { readonly lane: CurrentLane<R> } & {
  readonly [Name in keyof R]: CurrentLane<R>[Name]
}

/**
 * Vitest's `test` with the lane's resources as fixtures. After a failed test its database is kept, and
 * the end of the run names it, the command that opens it and what differs from the base.
 *
 * @throws IsolaneError in the test: `ISOLANE_OUTSIDE_LANE` without the `isolated` pool, `ISOLANE_RESET` when a
 *   test before it left a transaction open, `ISOLANE_OPTION` for `reset: 'test'` in a concurrent test.
 * @example
 * ```ts
 * import { laneTest } from '@isolane/vitest'
 * import { lanes } from './lanes.ts'
 *
 * const test = laneTest(lanes, { reset: 'test' })
 *
 * test('starts from the base', ({ database, expect }) => {
 *   expect(database.open().prepare('SELECT count(*) FROM sqlite_schema').pluck().get()).toBe(1)
 * })
 * ```
 */
export function laneTest<R extends Resources>(
  lanes: Lanes<R>,
  options: LaneTestOptions = {},
): TestAPI<LaneFixtures<R>> {
  const { reset, fresh } = resolveLaneTestOptions(options)
  const lane = async (
    { task, onTestFailed, signal }: TestContext,
    use: (lane: CurrentLane<R>) => Promise<void>,
  ): Promise<void> => {
    const before = lanes.current()
    const { id } = before
    if (reset === 'test') {
      refuseConcurrent(task)
      await resetBefore(task, before, fresh)
    }
    const current = lanes.current()
    usedBy(task, current.generation)
    // Nobody waits for it: it tells whoever looks what this worker is at, also when the test blocks the process.
    host()
      .then((client) => client.request({ type: 'beat', lane: id, test: task.fullTestName }))
      .catch(() => undefined)
    const locking = new LockingLane(current, signal)
    onTestFailed(async () => {
      const waited = await locking.waited()
      const error = task.result?.errors?.at(-1)
      if (error !== undefined && waited.length > 0)
        error.message += waited.map((line) => `\nIt waited for ${line}.`).join('')
      // The host looks at the database of a thread only after the thread.
      if (!isMainThread) return
      const kept = await (
        await host()
      ).request({
        type: 'evidence',
        lane: id,
        test: task.fullTestName,
      })
      task.meta.isolane = { lane: id, kept } satisfies LaneMeta
    })
    await use(locking.lane)
    leftBy(task)
  }
  const byName = Object.fromEntries(
    Object.keys(lanes.resources).map((name) => [
      name,
      // Vitest reads a fixture's needs from the pattern of its first parameter.
      async (
        { lane: current }: { lane: Readonly<Record<string, unknown>> },
        use: (handle: unknown) => Promise<void>,
      ) => {
        await use(current[name])
      },
    ]),
  )
  return test.extend({ ...byName, lane: [lane, { auto: true }] } as object) as unknown as TestAPI<
    LaneFixtures<R>
  >
}

function refuseConcurrent(task: TestContext['task']): void {
  if (task.concurrent !== true) return
  throw new IsolaneError('ISOLANE_OPTION', {
    message: `"${task.name}" is concurrent, but laneTest resets the lane before every test: tests on one lane cannot run at the same time.`,
    hint: "remove .concurrent, or use laneTest(lanes, { reset: 'file' }).",
    details: { path: 'laneTest.reset', test: task.fullTestName },
  })
}
