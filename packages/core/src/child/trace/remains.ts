import type { Finding } from './finding.ts'
import { makerOf } from './position.ts'
import type { Maker } from './position.ts'
import type { Leftover } from './scope.ts'

/** What was left behind, with its places, and without what is not the tests' doing. */
export function findingsOf(left: readonly Leftover[]): Finding[] {
  return left.flatMap((leftover) => {
    const maker = makerOf(leftover.at)
    if (!isOfTest(leftover, maker)) return []
    return [{ kind: leftover.kind, text: leftover.text(), at: maker.position }]
  })
}

function isOfTest({ kind, onlyOfProject }: Leftover, maker: Maker): boolean {
  // The runner changes the environment because a test asks for it (vi.stubEnv).
  if (kind === 'env') return maker.position !== undefined
  if (onlyOfProject === true) return maker.direct === 'project' && !maker.isInternal
  return maker.direct !== 'runner'
}
