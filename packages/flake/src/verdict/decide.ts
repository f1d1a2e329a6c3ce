import { posterior } from './posterior.ts'
import type { ArmCounts, Belief } from './posterior.ts'
import { fisher, pool, sprt } from './statistics.ts'

/** Failures alone that make a test consistent, when nothing else was seen. */
const consistentAfter = 3

/** Level at which a contrast between parallel and serial runs counts. */
const contrastLevel = 0.05

/** What is known of one finding beside its counts. */
export interface Observations extends ArmCounts {
  /** True when all failures alone carry one signature. */
  readonly sameError: boolean
  /** True when no more runs alone may be spent on it. */
  readonly aloneSpent: boolean
}

/** What to do next, or the verdict. */
export type Step =
  | { readonly need: 'alone' | 'parallel' | 'serial' }
  | { readonly need: 'nothing'; readonly belief: Belief; readonly runnerUp: Belief }

/**
 * The stopping rule: which arm the counts ask for next, until a verdict stands.
 *
 * 1. Alone, until Wald's test says "fails" or "stable".
 * 2. Fails alone every time: three failures with one error, else five. Fails and passes alone:
 *    intermittent, unless the parallel runs fail significantly more.
 * 3. Stable alone: parallel runs until they fail significantly more often than the serial ones, or are
 *    stable too; then one serial run of everything, because alone is not the same as one after another.
 *
 * @param p one-sided p-value of the contrast, corrected for the number of findings.
 */
export function nextStep(seen: Observations, p: number): Step {
  const { alone, serial, parallel } = seen
  const answer = sprt(alone)
  if (alone.failures > 0 && alone.failures === alone.runs) {
    const enough = seen.sameError ? consistentAfter : consistentAfter + 2
    return alone.failures >= enough ? settled(seen, 'consistent') : { need: 'alone' }
  }
  if (answer === 'open' && !seen.aloneSpent) return { need: 'alone' }
  if (alone.failures > 0) {
    return p < contrastLevel ? settled(seen, 'parallel-only') : settled(seen, 'intermittent')
  }
  if (serial.failures > 0) {
    if (serial.failures < 2 && serial.runs < 4) return { need: 'serial' }
    return settled(seen)
  }
  if (p < contrastLevel) {
    return serial.runs === 0 ? { need: 'serial' } : settled(seen, 'parallel-only')
  }
  if (sprt(parallel) === 'stable') return settled(seen)
  // Alone runs are cheap: three for every parallel one make the contrast sharp sooner.
  const blunt = parallel.failures >= 2 && alone.runs < 3 * parallel.runs
  if (blunt && !seen.aloneSpent) return { need: 'alone' }
  return { need: 'parallel' }
}

/** The p-value of "fails more often in parallel than serially". */
export function contrast({ alone, serial, parallel }: ArmCounts): number {
  return parallel.failures === 0 ? 1 : fisher(parallel, pool(alone, serial))
}

/** The verdict to give when no more can be tried: that of the rules where one fits, else the likeliest. */
export function bestGuess(seen: ArmCounts, p: number): Step & { need: 'nothing' } {
  const { failures, runs } = seen.alone
  const mixed = failures > 0 && failures < runs
  return settled(seen, mixed && p >= contrastLevel ? 'intermittent' : undefined)
}

/** The most likely verdict, and the next. With `verdict`, the rule has chosen and the posterior says how sure it is. */
function settled(counts: ArmCounts, verdict?: Belief['verdict']): Step & { need: 'nothing' } {
  const beliefs = posterior(counts)
  const belief = beliefs.find((one) => one.verdict === verdict) ?? beliefs[0]
  const runnerUp = beliefs.find((one) => one !== belief) ?? beliefs[1]
  return { need: 'nothing', belief, runnerUp }
}
