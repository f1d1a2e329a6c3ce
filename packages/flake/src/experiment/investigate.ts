import { search } from '../search/search.ts'
import { Planner } from './planner.ts'
import type { PlannerOptions } from './planner.ts'
import type { Suspect } from './suspect.ts'

/**
 * Share of ten serial runs of everything, the plain way to the same answers, up to which experiments may try what is only
 * good to know. They should not take more than a quarter in all, and some cannot do with less.
 */
const extrasShare = 0.15

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
  const { serialRecord, repeats, serialMs } = planner
  // Who gave a budget wants to know what can be known in that time.
  const hasTime = options.thorough || options.isBudgetGiven
  const extrasUntilMs = hasTime ? Infinity : extrasShare * 10 * serialMs
  await search(planner, { ...options, serialRecord, repeats, extrasUntilMs })
  await planner.run(true)
  return planner
}
