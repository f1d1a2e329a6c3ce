import { isAbsolute, relative, resolve } from 'node:path'

/** Globs for `keep`: they match a file, or all that is in a directory. None for what does not lie below the root. */
export function globsOf(path: string, root: string): readonly string[] {
  const inside = relative(root, resolve(path))
  if (inside === '' || inside.startsWith('..') || isAbsolute(inside)) return []
  const exact = inside.replaceAll(/[\\*?[\]{}()!+@|]/g, String.raw`\$&`)
  return [exact, `${exact}/**`]
}
