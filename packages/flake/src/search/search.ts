import type { Planner } from '../experiment/planner.ts'
import { searchAxis } from './axis.ts'
import { searchCoRunner } from './co-runner.ts'
import { joined } from './insight.ts'
import type { Insight } from './insight.ts'
import { intervene } from './interventions.ts'
import { Laboratory } from './laboratory.ts'
import type { SearchOptions } from './laboratory.ts'
import { searchOrder } from './order-search.ts'
import { productRace } from './product-race.ts'
import { searchStarvation } from './starvation.ts'
import type { Verdict } from '../verdict/verdict.ts'

const searchable: ReadonlySet<Verdict> = new Set([
  'order-dependent',
  'intermittent',
  'parallel-only',
])

/**
 * Finds out who or what is behind the verdicts, with what is left of the budget: polluters and
 * state-setters, co-runners, starvation.
 */
export async function search(
  planner: Planner,
  options: Omit<SearchOptions, 'left'>,
): Promise<void> {
  const searched = planner.suspects.filter(
    (suspect) => suspect.kind !== 'load' && searchable.has(planner.answer(suspect).belief.verdict),
  )
  for (const [at, suspect] of searched.entries()) {
    if (options.signal.aborted) return
    const left = `${searched.length - at} of ${searched.length} to search`
    const laboratory = new Laboratory(suspect, planner.answer(suspect), { ...options, left })
    for (const found of await insights(laboratory)) suspect.insight = joined(suspect.insight, found)
  }
}

async function insights(laboratory: Laboratory): Promise<Insight[]> {
  const { verdict } = laboratory.answer.belief
  if (verdict === 'order-dependent') return [await searchOrder(laboratory)]
  if (verdict === 'intermittent') return await searchAxis(laboratory)
  if (verdict !== 'parallel-only') return []
  const starved = await searchStarvation(laboratory)
  if (starved !== undefined) return [starved]
  const coRunner = await searchCoRunner(laboratory)
  const found = [coRunner?.insight, await intervene(laboratory, coRunner)]
  return [...found.filter((one) => one !== undefined), ...productRace(laboratory)]
}
