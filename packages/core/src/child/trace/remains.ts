import type { Finding, FindingKind } from './finding.ts'
import { makerOf } from './position.ts'
import type { Maker } from './position.ts'
import { handOnEnding, stop } from './scope.ts'
import type { Leftover, Scope } from './scope.ts'

/** How long something whose end is on its way may take: a process that does its work, and one that was asked to end. */
const graceMs = 250
const endingMs = 3_000
/** More than this between two looks is no time that was given. */
const mostOfTurnMs = 50
// Tests replace timers and clocks by fake ones.
const { setTimeout: later, setImmediate: turn } = globalThis
const monotonicMs = performance.now.bind(performance)

/**
 * Ends a scope.
 *
 * @param judges which of its leftovers are findings; the others belong to what lives on.
 * @returns what its code did outside the lane, and what it left behind.
 */
export async function end(
  scope: Scope,
  judges: (kind: FindingKind) => boolean = () => true,
): Promise<Finding[]> {
  stop(scope)
  handOnEnding(scope)
  let waitedMs = 0
  const isOnItsWay = (one: Leftover): boolean => {
    const timeMs = one.wasAskedToEnd?.() === true ? endingMs : graceMs
    return one.mayEndSoon === true && waitedMs < timeMs && one.remains()
  }
  while ([...scope.left.values()].some(isOnItsWay)) {
    const beforeMs = monotonicMs()
    await new Promise((resolve) => later(resolve, 5))
    // That a process has ended is heard after timers, and a machine that halts gives nobody time to end.
    await new Promise((resolve) => turn(resolve))
    waitedMs += Math.min(monotonicMs() - beforeMs, mostOfTurnMs)
  }
  const found = scope.end()
  const left = [...scope.left.values()].filter((one) => judges(one.kind) && one.remains())
  scope.left.clear()
  return [...found, ...findingsOf(left)]
}

/** What was left behind, with its places, and without what is not the tests' doing. */
function findingsOf(left: readonly Leftover[]): Finding[] {
  return left.flatMap((leftover) => {
    const maker = makerOf(leftover.at)
    if (!isOfTest(leftover, maker)) return []
    const { kind, by } = leftover
    const asked = by === undefined ? '' : `, which ${by()} had asked to end`
    return [{ kind, text: `${leftover.text()}${asked}`, at: maker.position }]
  })
}

function isOfTest({ kind, onlyOfProject }: Leftover, maker: Maker): boolean {
  // The runner changes the environment because a test asks for it (vi.stubEnv).
  if (kind === 'env') return maker.position !== undefined
  if (onlyOfProject === true) return maker.direct === 'project' && !maker.isInternal
  return maker.direct !== 'runner'
}
