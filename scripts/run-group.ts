import { spawn } from 'node:child_process'

/** How long a command may take to end by itself after it was asked to. */
const patienceMs = 10_000

/** The signals that end the whole command, with the exit code a shell gives them. */
const signals = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const

/**
 * Runs Node with these arguments in a process group of its own and returns the exit code.
 *
 * A signal that ends this process goes to the whole group; what has not ended after ten seconds, or
 * when the signal comes again, is killed. The command then ends with the exit code of the signal.
 */
export async function runGroup(
  args: readonly string[],
  options: { cwd: string; env: NodeJS.ProcessEnv },
): Promise<number> {
  const ownGroup = process.platform !== 'win32'
  const child = spawn(process.execPath, args, {
    ...options,
    stdio: ['ignore', 'inherit', 'inherit'],
    detached: ownGroup,
  })

  const signalAll = (signal: NodeJS.Signals): void => {
    if (child.pid === undefined) return
    try {
      process.kill(ownGroup ? -child.pid : child.pid, signal)
    } catch {
      // The group has ended.
    }
  }
  let interruptedBy: keyof typeof signals | undefined
  let patience: NodeJS.Timeout | undefined
  const interrupt = (signal: NodeJS.Signals): void => {
    signalAll(interruptedBy === undefined ? signal : 'SIGKILL')
    interruptedBy ??= signal as keyof typeof signals
    patience ??= setTimeout(signalAll, patienceMs, 'SIGKILL')
  }
  for (const signal of Object.keys(signals)) process.on(signal, interrupt)

  const exitCode = await new Promise<number>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve(code ?? 1))
  })
  clearTimeout(patience)
  for (const signal of Object.keys(signals)) process.off(signal, interrupt)
  if (interruptedBy !== undefined) {
    signalAll('SIGKILL')
    process.exit(signals[interruptedBy])
  }
  return exitCode
}
