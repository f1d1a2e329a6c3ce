/** One ratio, with the times it was made from. */
export interface Figure {
  readonly what: string
  /** What the arms are called. */
  readonly ours: string
  readonly theirs: string
  /** Ours divided by theirs: the median of {@link ratios} where there are any. */
  readonly ratio: number
  readonly goal: number
  readonly oursMs: readonly number[]
  readonly theirsMs: readonly number[]
  /** Of each round, whose two arms ran one right after the other. */
  readonly ratios?: readonly number[]
  /** Absent for times. */
  readonly unit?: 'MiB'
}

/** One line of a table: medians that are not compared with a goal. */
export interface Row {
  readonly what: string
  readonly medianMs: number
  /** Absent for times. */
  readonly unit?: 'MiB'
}

export interface BenchResult {
  readonly figures: readonly Figure[]
  readonly tables?: Readonly<Record<string, readonly Row[]>>
}

/** The name of an arm, and what runs it once and gives milliseconds. */
export type Arm = readonly [name: string, time: () => Promise<number>]

/** Runs two arms in alternation, each round in the other order, after one round to warm up. */
export async function compare(
  what: string,
  goal: number,
  rounds: number,
  arms: { readonly ours: Arm; readonly theirs: Arm },
): Promise<Figure> {
  const { ours, theirs } = arms
  const [oursMs = [], theirsMs = []] = await alternate(what, rounds, [ours, theirs])
  return figureOf(what, goal, { ours: [ours[0], oursMs], theirs: [theirs[0], theirsMs] })
}

/** The figure of two arms that ran in the same rounds. */
export function figureOf(
  what: string,
  goal: number,
  arms: Readonly<Record<'ours' | 'theirs', readonly [name: string, timesMs: readonly number[]]>>,
): Figure {
  const [ours, oursMs] = arms.ours
  const [theirs, theirsMs] = arms.theirs
  const ratios = oursMs.map((ms, round) => ms / (theirsMs[round] ?? NaN))
  return { what, ours, theirs, ratio: median(ratios), goal, oursMs, theirsMs, ratios }
}

/**
 * Runs arms in alternation, each round in the other order, after one round to warm up.
 *
 * @returns the times of each arm, round by round.
 */
export async function alternate(
  what: string,
  rounds: number,
  arms: readonly Arm[],
): Promise<readonly (readonly number[])[]> {
  const timesMs = arms.map((): number[] => [])
  for (let round = 0; round <= rounds; round++) {
    const inOrder = [...arms.entries()]
    if (round % 2 === 0) inOrder.reverse()
    const said: string[] = []
    for (const [index, [name, time]] of inOrder) {
      const ms = await time()
      said.push(`${name} ${ms.toFixed(0)} ms`)
      // The first round warms up.
      if (round > 0) timesMs[index]?.push(ms)
    }
    if (round > 0) console.error(`${what}: round ${round} of ${rounds}, ${said.join(', ')}`)
  }
  return timesMs
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return (
    ((sorted[Math.floor((sorted.length - 1) / 2)] ?? 0) +
      (sorted[Math.floor(sorted.length / 2)] ?? 0)) /
    2
  )
}
