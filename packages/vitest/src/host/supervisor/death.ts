import { basename } from 'node:path'

/** How a process ended that nobody had asked to. */
export interface Death {
  /** For people, without a period: `exit code 7`, `signal SIGSEGV`. */
  readonly how: string
  /** One action. */
  readonly hint: string
}

const ofNativeCode: readonly unknown[] = [
  'SIGSEGV',
  'SIGBUS',
  'SIGILL',
  'SIGFPE',
  'SIGTRAP',
  'SIGABRT',
]

/**
 * Says how a worker ended, and what to do about it.
 *
 * @param said the last of its stderr.
 */
export function deathOf(
  code: number | null,
  signal: NodeJS.Signals | null,
  said: string,
  file: string,
): Death {
  const how = signal === null ? `exit code ${String(code)}` : `signal ${signal}`
  const alone = `npx vitest run --pool=isolated ${basename(file)}`
  if (/JavaScript heap out of memory|Reached heap limit/.test(said)) {
    return {
      how: `${how}, out of memory: its JavaScript heap reached its limit`,
      hint: "raise the limit with test.execArgv: ['--max-old-space-size=4096'], or split the file.",
    }
  }
  if (signal === 'SIGKILL' || code === 137) {
    return {
      how: `${how}, from outside: often the system, when memory is short`,
      hint: 'lower maxWorkers, and look into the log of the kernel (dmesg) or the limits of the container.',
    }
  }
  if (ofNativeCode.includes(signal) || code === 134 || code === 139) {
    return {
      how: `${how}: native code crashed or process.abort() was called`,
      hint: `look for a native module that the test uses, and run it alone: ${alone}`,
    }
  }
  return {
    how,
    hint: `look for what ends the process in the test or in what it imports, and run it alone: ${alone}`,
  }
}
