import { isAbsolute, relative, sep } from 'node:path'

/** True for a directory and all in it; both absolute. */
export function isInside(path: string, directory: string): boolean {
  if (!path.startsWith(directory)) return false
  if (directory.endsWith(sep) || path.length === directory.length) return true
  const next = path[directory.length]
  return next === sep || next === '/'
}

/** A path as people read it: relative when it lies below `root`, with forward slashes. */
export function shownPath(path: string, root: string): string {
  const inside = relative(root, path)
  const shown = inside === '' || inside.startsWith('..') || isAbsolute(inside) ? path : inside
  return shown.replaceAll('\\', '/')
}
