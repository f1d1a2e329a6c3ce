/** One ratio, with the times it was made from. */
export interface Figure {
  readonly what: string
  /** What the arms are called. */
  readonly ours: string
  readonly theirs: string
  /** Median of ours divided by median of theirs. */
  readonly ratio: number
  readonly goal: number
  readonly oursMs: readonly number[]
  readonly theirsMs: readonly number[]
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
  const [ours, timeOurs] = arms.ours
  const [theirs, timeTheirs] = arms.theirs
  const oursMs: number[] = []
  const theirsMs: number[] = []
  await timeOurs()
  await timeTheirs()
  for (let round = 1; round <= rounds; round++) {
    if (round % 2 === 1) oursMs.push(await timeOurs())
    theirsMs.push(await timeTheirs())
    if (round % 2 === 0) oursMs.push(await timeOurs())
    console.error(
      `${what}: round ${round} of ${rounds}, ours ${oursMs.at(-1)?.toFixed(0)} ms, theirs ${theirsMs.at(-1)?.toFixed(0)} ms`,
    )
  }
  const ratio = median(oursMs) / median(theirsMs)
  return { what, ours, theirs, ratio, goal, oursMs, theirsMs }
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return (
    ((sorted[Math.floor((sorted.length - 1) / 2)] ?? 0) +
      (sorted[Math.floor(sorted.length / 2)] ?? 0)) /
    2
  )
}
