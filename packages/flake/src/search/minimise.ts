/** What is left of a set, and whether the search came to its end. */
export interface Minimised<T> {
  readonly items: readonly T[]
  /** False when an answer was missing: the set still shows it, but a smaller one may too. */
  readonly complete: boolean
}

/** Several questions in one go. */
export interface Batch<T> {
  /** Most questions that cost about as much as two; below two, each is asked by itself. */
  readonly most: number
  /** Answers about each subset, in their order. */
  shows(subsets: readonly (readonly T[])[]): Promise<readonly (boolean | undefined)[]>
}

/**
 * The smallest set found that still shows something: one that shows it, and none of whose halves or
 * members can be left out. A single item is found in about log2 n questions, because the second half is
 * only asked about when nothing smaller is left to divide; jointly needed items cost up to n².
 *
 * @param shows asks about a subset, in the order of `items`; undefined when no answer can be had.
 * @param batch asks about several subsets in one go, where that is cheaper.
 * @see Zeller and Hildebrandt, "Simplifying and isolating failure-inducing input", 2002 (ddmin)
 */
export async function minimise<T>(
  items: readonly T[],
  shows: (subset: readonly T[]) => Promise<boolean | undefined>,
  batch?: Batch<T>,
): Promise<Minimised<T>> {
  const known = new Map<string, boolean>()
  const places = new Map(items.map((item, place) => [item, place]))
  const idOf = (subset: readonly T[]): string => subset.map((item) => places.get(item)).join()
  const askAhead = async (subsets: readonly (readonly T[])[]): Promise<void> => {
    const open = subsets.filter((subset) => !known.has(idOf(subset)))
    if (batch === undefined || open.length < 2 || open.length > batch.most) return
    for (const [at, answer] of (await batch.shows(open)).entries()) {
      if (answer !== undefined) known.set(idOf(open[at] ?? []), answer)
    }
  }
  const ask = async (subset: readonly T[]): Promise<boolean | undefined> => {
    const id = idOf(subset)
    const answer = known.get(id) ?? (await shows(subset))
    if (answer !== undefined) known.set(id, answer)
    return answer
  }

  const single = await halve(items, ask, async (left) => {
    if (left.length > (batch?.most ?? 0)) return undefined
    const singles = left.map((item) => [item])
    await askAhead(singles)
    if (!singles.every((one) => known.has(idOf(one)))) return undefined
    return singles.find((one) => known.get(idOf(one)) === true) ?? []
  })
  if (single === undefined) return { items, complete: false }
  if (single.length === 1) {
    const confirmed = await ask(single)
    if (confirmed === true) return { items: single, complete: true }
    if (confirmed === undefined) return { items, complete: false }
  }

  let left: readonly T[] = items
  // When each has been asked about by itself, no part is smaller than what is left without one of them.
  let parts = Math.min(single.length === 0 ? items.length : 2, left.length)
  while (left.length > 1) {
    const size = Math.ceil(left.length / parts)
    const chunks: readonly (readonly T[])[] = Array.from(
      { length: Math.ceil(left.length / size) },
      (_, at) => left.slice(at * size, (at + 1) * size),
    )
    const rests: readonly (readonly T[])[] = chunks.map((chunk) =>
      left.filter((item) => !chunk.includes(item)),
    )
    let smaller: readonly T[] | undefined
    const subsets = parts === 2 ? chunks : [...chunks, ...rests]
    await askAhead(subsets)
    for (const subset of subsets) {
      const answer = await ask(subset)
      if (answer === undefined) return { items: left, complete: false }
      if (!answer) continue
      smaller = subset
      break
    }
    if (smaller !== undefined) {
      parts = chunks.includes(smaller) ? Math.min(2, smaller.length) : Math.max(2, parts - 1)
      left = smaller
    } else if (parts < left.length) parts = Math.min(left.length, parts * 2)
    else break
  }
  return { items: left, complete: true }
}

// Asks about first halves only and trusts that the second shows it when the first does not; who called
// confirms what is left. What `single` finds among few ends it: nothing found means that none shows it alone.
async function halve<T>(
  items: readonly T[],
  ask: (subset: readonly T[]) => Promise<boolean | undefined>,
  single: (left: readonly T[]) => Promise<readonly T[] | undefined>,
): Promise<readonly T[] | undefined> {
  let left: readonly T[] = items
  while (left.length > 1) {
    const found = await single(left)
    if (found !== undefined) return found
    const half = left.slice(0, left.length >> 1)
    const answer = await ask(half)
    if (answer === undefined) return undefined
    left = answer ? half : left.slice(half.length)
  }
  return left
}
