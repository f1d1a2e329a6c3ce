import { threadId } from 'node:worker_threads'
import { keyPath } from '@isolane/record/worker'
import type { Touch } from '@isolane/record'
import { environment } from '../environment.ts'

/** Which worker a process is, as the record of the runner calls it. */
export type WorkerPlace = Pick<Touch, 'worker' | 'slot' | 'file'>

/**
 * Finds out as whose worker this process runs. What a worker starts is that worker too.
 *
 * @returns what to ask at each touch, because some runners say it late: undefined in a process that is no worker.
 */
export function placeOfProcess(): () => WorkerPlace | undefined {
  const { env, pid } = process
  const inherited = env[environment.touchedBy]
  if (inherited !== undefined) {
    const place = JSON.parse(inherited) as WorkerPlace
    return () => place
  }
  const isChild = typeof process.send === 'function' || threadId !== 0
  const early = isChild ? jestPlace() : nodeTestPlace()
  if (early !== undefined) {
    env[environment.touchedBy] = JSON.stringify(early)
    return () => early
  }
  const unnamed = { worker: threadId === 0 ? String(pid) : `${pid}.${threadId}` }
  return () => vitestPlace() ?? playwrightPlace() ?? jestPlace() ?? (isChild ? unnamed : undefined)
}

function vitestPlace(): WorkerPlace | undefined {
  const { VITEST_WORKER_ID: id, VITEST_POOL_ID: slot } = process.env
  const worker = process.env[environment.vitestWorker] ?? id
  return worker === undefined ? undefined : placed(worker, Number(slot))
}

function playwrightPlace(): WorkerPlace | undefined {
  const { TEST_WORKER_INDEX: worker, TEST_PARALLEL_INDEX: place } = process.env
  return worker === undefined ? undefined : placed(worker, Number(place) + 1)
}

// In band, Jest's only process takes the number of a worker when it begins.
function jestPlace(): WorkerPlace | undefined {
  const slot = process.env['JEST_WORKER_ID']
  return slot === undefined ? undefined : placed(String(process.pid), Number(slot))
}

function nodeTestPlace(): WorkerPlace | undefined {
  const [, file] = process.argv
  if (process.env['NODE_TEST_CONTEXT'] === undefined || file === undefined) return undefined
  return { worker: String(process.pid), file: keyPath(process.cwd(), file) }
}

function placed(worker: string, slot: number): WorkerPlace {
  return Number.isInteger(slot) && slot > 0 ? { worker, slot } : { worker }
}
