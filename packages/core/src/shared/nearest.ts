/** The allowed name that `name` was most likely meant to be; undefined when none is close. */
export function nearest(name: string, allowed: readonly string[]): string | undefined {
  let best: string | undefined
  let bestDistance = Math.max(1, Math.floor(name.length / 3)) + 1
  for (const candidate of allowed) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase())
    if (distance < bestDistance) {
      best = candidate
      bestDistance = distance
    }
  }
  return best
}

function editDistance(from: string, to: string): number {
  let previous = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (const [row, letter] of Array.from(from).entries()) {
    let left = row + 1
    const current = [left]
    for (let column = 0; column < to.length; column++) {
      const above = previous[column + 1] ?? Infinity
      const diagonal = previous[column] ?? Infinity
      left = Math.min(diagonal + (letter === to[column] ? 0 : 1), above + 1, left + 1)
      current.push(left)
    }
    previous = current
  }
  return previous.at(-1) ?? 0
}
