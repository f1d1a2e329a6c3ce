import { IsolaneError } from '@isolane/core'
import type { CurrentLane, Lanes, Resources } from '@isolane/core'
import { test } from 'vitest'
import type { TestAPI, TestContext } from 'vitest'
import type { LaneMeta } from '../shared/messages.ts'
import { host } from './host.ts'
import { LockingLane } from './lane-lock.ts'

/** Options of {@link laneTest}. */
export interface LaneTestOptions {
  /**
   * When the lane goes back to its base. `file` (default): between files. `test`: before every test, with the
   * connections of the worker and of the app server open; what `beforeAll` wrote is gone then too. Files that a
   * sandbox keeps apart are no part of the lane: they go with the worker, after its file.
   */
  readonly reset?: 'test' | 'file'
}

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
  const reset = options.reset ?? 'file'
  if (reset !== 'test' && reset !== 'file') {
    throw new IsolaneError('ISOLANE_OPTION', {
      message: `laneTest.reset must be 'test' or 'file'; received ${JSON.stringify(reset)}.`,
      hint: "use reset: 'test' for a fresh lane before every test.",
      details: { path: 'laneTest.reset', received: reset },
    })
  }
  const lane = async (
    { task, onTestFailed, signal }: TestContext,
    use: (lane: CurrentLane<R>) => Promise<void>,
  ): Promise<void> => {
    const { id } = lanes.current()
    if (reset === 'test') {
      refuseConcurrent(task)
      await (await host()).request({ type: 'reset', lane: id, test: previous })
    }
    previous = task.fullTestName
    // Nobody waits for it: it tells whoever looks what this worker is at, also when the test blocks the process.
    host()
      .then((client) => client.request({ type: 'beat', lane: id, test: task.fullTestName }))
      .catch(() => undefined)
    const locking = new LockingLane(lanes.current(), signal)
    onTestFailed(async () => {
      const waited = await locking.waited()
      const error = task.result?.errors?.at(-1)
      if (error !== undefined && waited.length > 0)
        error.message += waited.map((line) => `\nIt waited for ${line}.`).join('')
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

/** The test that used the lane last: a reset that fails is its fault. */
let previous: string | undefined

function refuseConcurrent(task: TestContext['task']): void {
  if (task.concurrent !== true) return
  throw new IsolaneError('ISOLANE_OPTION', {
    message: `"${task.name}" is concurrent, but laneTest resets the lane before every test: tests on one lane cannot run at the same time.`,
    hint: "remove .concurrent, or use laneTest(lanes, { reset: 'file' }).",
    details: { path: 'laneTest.reset', test: task.fullTestName },
  })
}
