import type { ArmName } from '../runners/driver.ts'
import { judge } from '../verdict/decide.ts'
import { countsOf } from '../verdict/posterior.ts'
import { isTimeout } from './arms.ts'
import { seenOf } from './observe.ts'
import type { Suspect } from './suspect.ts'

/** So sure of a verdict, what is left is shown by a search too, which also says who is behind it. */
const sureEnough = 0.75
/** The same where its error says so much of its neighbours that nothing need be known of its rate. */
const sureWithoutRate = 0.9

/** True when what is still open of a test is better shown by a search, which also says who is behind it. */
export function isForSearch(suspect: Suspect): boolean {
  if (suspect.kind !== 'test') return false
  const { counts } = suspect
  const { belief, hypothesis } = judge(seenOf(suspect))
  const { verdict, confidence } = belief
  const passes = (...arms: ArmName[]): number => {
    const { runs, failures } = countsOf(counts, ...arms)
    return runs - failures
  }
  if (verdict === 'order-dependent') {
    // A single pass may be luck, and a search for who brings it about would find somebody.
    const isKnown = hypothesis.startsWith('brittle')
      ? passes('reordered', 'prefix') >= 2
      : passes('alone') >= 2
    return isKnown && confidence >= sureEnough
  }
  if (verdict !== 'parallel-only') return false
  // How often it fails beside others, a search for the one must know; and who waits too long, whether load alone does it.
  const isLoad = isTimeout(suspect.trigger?.sample) && counts.stressed === undefined
  const { runs = 0, failures = 0 } = counts.parallel ?? {}
  // One failure among passes may be that of a test which fails by itself: a search would run dear files for nothing.
  const isSteady = failures > 1 || (failures > 0 && failures === runs)
  const isKnown = isSteady && passes('alone') >= 2 && !isLoad
  return confidence >= (isKnown ? sureEnough : sureWithoutRate)
}
