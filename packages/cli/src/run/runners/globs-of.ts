import { isAbsolute, relative, resolve } from 'node:path'

/** Globs, relative to the root, that match a file or all that is in a directory; none for what lies elsewhere. */
export function globsOf(path: string, root: string): readonly string[] {
  const inside = relative(root, resolve(path))
  if (inside === '' || inside.startsWith('..') || isAbsolute(inside)) return []
  const exact = inside.replaceAll(/[\\*?[\]{}()!+@|]/g, String.raw`\$&`)
  return [exact, `${exact}/**`]
}
