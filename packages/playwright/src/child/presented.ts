import { fileURLToPath } from 'node:url'
import { isIsolaneError, presentable } from '@isolane/core'

const here = fileURLToPath(new URL('../..', import.meta.url))

/** The error as a test shows it: no frames of ours, but those of the user's code that it comes from. */
export function presented(error: unknown): unknown {
  const shown = presentable(error)
  if (!isIsolaneError(error) || !(error.cause instanceof Error) || !(shown instanceof Error)) {
    return shown
  }
  const frames = (error.cause.stack ?? '').split('\n').filter(isTheirs)
  shown.stack = [shown.stack, ...frames].join('\n')
  return shown
}

function isTheirs(line: string): boolean {
  return (
    /^\s+at /.test(line) &&
    !line.includes('node_modules') &&
    !line.includes('node:') &&
    !line.includes(here)
  )
}
