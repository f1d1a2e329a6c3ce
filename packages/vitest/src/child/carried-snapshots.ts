import { expect, inject } from 'vitest'
import type { TestContext } from 'vitest'
import { snapshotsKey } from '../shared/renewal.ts'
import type { CarriedSnapshots } from '../shared/renewal.ts'
import { hasEnded, testsIn } from './tests-in.ts'

type Test = TestContext['task']

/** Snapshot states that go on with what another worker left. */
const continued = new WeakSet<object>()

/** What Vitest knows of the snapshots of a test's file, for the worker that goes on in front of this test. */
export function snapshotsSoFar({ file }: Test): CarriedSnapshots | undefined {
  const { snapshotState } = expect.getState()
  if (snapshotState === undefined) return undefined
  return {
    file: file.filepath,
    ran: [
      ...(carriedFor(file.filepath)?.ran ?? []),
      ...testsIn(file)
        .filter(hasEnded)
        .map(({ fullTestName }) => fullTestName),
    ],
    fields: dataOf(snapshotState, snapshotState.environment).map(([name, value]) => ({
      name,
      value,
      // Only its entries would travel.
      own: value instanceof Map ? Object.fromEntries(dataOf(value)) : undefined,
    })),
  }
}

/**
 * Goes on with the snapshots of the worker before this one, which are saved when the file ends. Called in front of the
 * same test as {@link snapshotsSoFar}.
 */
export function continueSnapshots({ file }: Test): void {
  const carried = carriedFor(file.filepath)
  const { snapshotState } = expect.getState()
  if (carried === undefined || snapshotState === undefined || continued.has(snapshotState)) return
  continued.add(snapshotState)
  for (const { name, value, own } of carried.fields) {
    const here: unknown = Reflect.get(snapshotState, name)
    if (here instanceof Map && value instanceof Map) {
      here.clear()
      for (const [key, one] of value as Map<unknown, unknown>) here.set(key, one)
      Object.assign(here, own)
    } else Reflect.set(snapshotState, name, value)
  }
  // To Vitest the tests that ran in the other worker are skipped, and no snapshot of a skipped test is obsolete.
  const ran = new Set(carried.ran)
  const mark = snapshotState.markSnapshotsAsCheckedForTest.bind(snapshotState)
  snapshotState.markSnapshotsAsCheckedForTest = (name) => {
    if (!ran.has(name)) mark(name)
  }
}

function carriedFor(file: string): CarriedSnapshots | undefined {
  const carried = inject(snapshotsKey)
  return carried?.file === file ? carried : undefined
}

/** The fields that can travel. Both workers have the same version of Vitest, and so the same fields. */
function dataOf(it: object, except?: unknown): [string, unknown][] {
  return Object.entries(it).filter(
    ([, value]) => typeof value !== 'function' && (except === undefined || value !== except),
  )
}
