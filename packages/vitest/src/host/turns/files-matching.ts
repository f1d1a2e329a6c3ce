import { relative, sep } from 'node:path'
import picomatch from 'picomatch'
import type { Limits } from './limits.ts'

/** Tells which of the globs a file of a project matches. */
export function filesMatching(limits: Limits, root: string): (file: string) => readonly string[] {
  const matchers = Object.keys(limits).map(
    (glob) => [glob, picomatch(glob.replace(/^\.\//, ''), { dot: true })] as const,
  )
  return (file) => {
    const inside = relative(root, file).split(sep).join('/')
    return matchers.filter(([, matches]) => matches(inside)).map(([glob]) => glob)
  }
}
