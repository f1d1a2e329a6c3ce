/**
 * Divides cores among those who want some: one each in turn, first come first, to whoever has least and wants more.
 * Who wants any gets at least one, also when there are not enough.
 */
export function fairShare(cores: number, wants: readonly number[]): number[] {
  const given = wants.map(() => 0)
  for (let left = cores; left > 0; left -= 1) {
    let next = -1
    for (const [at, has] of given.entries()) {
      if (has < (wants[at] ?? 0) && (next === -1 || has < (given[next] ?? 0))) next = at
    }
    if (next === -1) break
    given[next] = (given[next] ?? 0) + 1
  }
  return given.map((has, at) => ((wants[at] ?? 0) > 0 ? Math.max(1, has) : 0))
}
