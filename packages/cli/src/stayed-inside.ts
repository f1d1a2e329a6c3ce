import { printable } from './printable.ts'

const most = 5

/**
 * Names the files of the project that went with a sandbox, and what would have kept them; undefined when there are
 * none worth a word.
 *
 * @param paths relative to the root of the project; absolute ones lie elsewhere.
 */
export function stayedInside(paths: readonly string[]): string | undefined {
  const inProject = paths.filter(
    (path) => !path.startsWith('/') && !/(^|\/)node_modules\//.test(path),
  )
  const names = [...new Set(inProject)].sort()
  if (names.length === 0) return undefined
  return `stayed inside: ${listed(names)}. Hint: --keep '<glob>' copies such files back, --writable <path> shares them.`
}

/** The first names, and how many there are beside them. */
export function listed(names: readonly string[]): string {
  const shown = names.slice(0, most).map(printable)
  const rest = names.length - shown.length
  return rest > 0 ? `${shown.join(', ')} and ${rest} more` : shown.join(', ')
}
