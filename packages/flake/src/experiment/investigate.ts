import { search } from '../search/search.ts'
import { Planner } from './planner.ts'
import type { PlannerOptions } from './planner.ts'
import type { Suspect } from './suspect.ts'

/**
 * Runs experiments until every suspect has its verdict, then looks for who or what is behind it, within
 * one budget.
 */
export async function investigate(
  suspects: readonly Suspect[],
  explained: ReadonlySet<string>,
  options: PlannerOptions & { readonly allPolluters: boolean },
): Promise<Planner> {
  const planner = new Planner(suspects, explained, options)
  await planner.run(false)
  const { serialRecord, repeats } = planner
  await search(planner, { ...options, serialRecord, repeats })
  await planner.run(true)
  return planner
}
