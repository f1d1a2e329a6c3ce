import { constants } from 'node:os'

const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** The wish to stop, as signals bring it. */
export interface StopSignals {
  /** Aborted by the first signal. */
  readonly signal: AbortSignal
  /** 130 after ctrl-C; undefined while none has come. */
  readonly exitCode: number | undefined
  release(): void
}

/**
 * Listens for ctrl-C and the other ways to be stopped: the first ends the work in order, the second ends this process
 * where it stands.
 *
 * @param onFirst tells what happens now.
 */
export function stopSignals(onFirst: () => void): StopSignals {
  const controller = new AbortController()
  let exitCode: number | undefined
  const onSignal = (name: (typeof names)[number]): void => {
    if (exitCode !== undefined) process.exit(exitCode)
    exitCode = 128 + constants.signals[name]
    onFirst()
    controller.abort()
  }
  for (const name of names) process.on(name, onSignal)
  return {
    signal: controller.signal,
    get exitCode() {
      return exitCode
    },
    release() {
      for (const name of names) process.off(name, onSignal)
    },
  }
}
