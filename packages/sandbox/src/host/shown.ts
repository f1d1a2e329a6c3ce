import { relative } from 'node:path'
import { isInside } from './ground.ts'

/** A path as reports name it: relative to the project's root when it lies inside. Both absolute. */
export function shown(root: string, path: string): string {
  return isInside(path, root) ? relative(root, path) : path
}
