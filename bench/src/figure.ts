/** One ratio, with the times it was made from. */
export interface Figure {
  readonly what: string
  /** Median of ours divided by median of theirs. */
  readonly ratio: number
  readonly goal: number
  readonly oursMs: readonly number[]
  readonly theirsMs: readonly number[]
}

/** Runs two arms in alternation, each round in the other order, after one round to warm up. */
export async function compare(
  what: string,
  goal: number,
  rounds: number,
  arms: { readonly ours: () => Promise<number>; readonly theirs: () => Promise<number> },
): Promise<Figure> {
  const oursMs: number[] = []
  const theirsMs: number[] = []
  await arms.ours()
  await arms.theirs()
  for (let round = 1; round <= rounds; round++) {
    const order = round % 2 === 1 ? ['ours', 'theirs'] : ['theirs', 'ours']
    for (const arm of order) {
      if (arm === 'ours') oursMs.push(await arms.ours())
      else theirsMs.push(await arms.theirs())
    }
    console.error(
      `${what}: round ${round} of ${rounds}, ours ${oursMs.at(-1)?.toFixed(0)} ms, theirs ${theirsMs.at(-1)?.toFixed(0)} ms`,
    )
  }
  return { what, ratio: median(oursMs) / median(theirsMs), goal, oursMs, theirsMs }
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return (
    ((sorted[Math.floor((sorted.length - 1) / 2)] ?? 0) +
      (sorted[Math.floor(sorted.length / 2)] ?? 0)) /
    2
  )
}
