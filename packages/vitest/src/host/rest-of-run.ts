import type { WorkerRequest } from 'vitest/node'
import { snapshotsKey } from '../shared/renewal.ts'
import type { RenewalRequest } from '../shared/renewal.ts'

export type Run = Extract<WorkerRequest, { type: 'run' }>

/** The files of a run that were not run to their end, the first of them without its tests that were. */
export function restOf(run: Run, { file, testIds, snapshots }: RenewalRequest): Run {
  const { context } = run
  const [first, ...others] = context.files.slice(
    context.files.findIndex(({ filepath }) => filepath === file),
  )
  if (first === undefined) return run
  const files = [testIds === undefined ? first : { ...first, testIds: [...testIds] }, ...others]
  const providedContext = { ...context.providedContext, [snapshotsKey]: snapshots }
  return { ...run, context: { ...context, files, providedContext } }
}
