import { IsolaneError } from '@isolane/core'
import type { CurrentLane, Resources } from '@isolane/core'
import { openConnections } from '@isolane/core/child'
import type { RunnerTestCase, TestContext } from 'vitest'
import { continueSnapshots, snapshotsSoFar } from './carried-snapshots.ts'
import { host } from './host.ts'
import { canRenew, renewAfter } from './renew.ts'
import { namesOf, previousTest, suspectsFor } from './suspects.ts'
import { testsIn } from './tests-in.ts'

type Test = TestContext['task']

/** What is read of a lane in front of a test. */
type Lane = Pick<CurrentLane<Resources>, 'id' | 'generation'>

/** Brings the lane back to its base, with new files where `fresh` asks for them; or has another worker go on. */
export async function resetBefore(task: Test, lane: Lane, fresh: boolean): Promise<void> {
  continueSnapshots(task)
  if (fresh) refuseOpenConnections(task, lane)
  const suspects = suspectsFor(task, lane.generation)
  const [first] = suspects
  const names = first === undefined ? undefined : namesOf(suspects)
  const client = await host()
  try {
    // The host puts it in quotes.
    await client.request({ type: 'reset', lane: lane.id, test: names?.slice(1, -1), fresh })
  } catch (error) {
    // A test that is in its own way, when it is tried or repeated again, has to hear of it; and before the first one
    // nobody did anything that another worker would not meet too.
    if (first === undefined || first.id === task.id || !canRenew()) throw error
    await renewAfter(error, {
      culprit: `${names} (${[...new Set(suspects.map(({ file }) => file.name))].join(', ')})`,
      file: task.file.filepath,
      testIds: testsIn(task.file)
        .filter(isUnfinished)
        .map(({ id }) => id),
      snapshots: snapshotsSoFar(task),
    })
  }
}

function isUnfinished({ mode, result }: RunnerTestCase): boolean {
  const state = result?.state ?? 'queued'
  return (mode === 'run' || mode === 'queued') && (state === 'run' || state === 'queued')
}

function refuseOpenConnections(task: Test, { generation }: Lane): void {
  const open = openConnections()
  if (open === 0) return
  const previous = previousTest(generation)
  const many = open === 1 ? '1 connection' : `${open} connections`
  const after =
    previous === undefined || previous.id === task.id
      ? ', opened outside a test or by an earlier try of it'
      : `, after "${previous.fullTestName}"`
  throw new IsolaneError('ISOLANE_RESET', {
    message: `"${task.name}" cannot get a fresh database file: this worker still has ${many} to the old one open${after}.`,
    hint: "open connections in the test and close them at its end, or leave out database: 'fresh-file'.",
    details: { test: task.fullTestName, open },
  })
}
