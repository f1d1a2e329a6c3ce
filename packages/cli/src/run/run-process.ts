import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { IsolaneError } from '@isolane/record/worker'

const forwarded = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2'] as const
/** What a terminal sends to every process of its foreground group by itself. */
const fromTerminal: ReadonlySet<string> = new Set(['SIGINT', 'SIGQUIT', 'SIGHUP'])

/**
 * Runs a command on this process's own standard streams, and passes signals on to it.
 *
 * @returns its exit code; 128 + n when signal n ended it.
 * @throws IsolaneError `ISOLANE_COMMAND` when it cannot be started.
 */
export async function runProcess(
  [name = '', ...args]: readonly string[],
  options: { readonly env: NodeJS.ProcessEnv; readonly stdoutToStderr: boolean },
): Promise<number> {
  const child = spawn(name, args, {
    env: options.env,
    stdio: ['inherit', options.stdoutToStderr ? 2 : 'inherit', 'inherit'],
  })
  const onSignal = (signal: NodeJS.Signals): void => {
    if (!(process.stdin.isTTY && fromTerminal.has(signal))) child.kill(signal)
  }
  for (const signal of forwarded) process.on(signal, onSignal)
  try {
    return await new Promise<number>((settle, fail) => {
      child.once('error', (error: NodeJS.ErrnoException) => fail(cannotStart(name, error)))
      child.once('exit', (code, signal) => {
        settle(code ?? 128 + (signal === null ? 0 : constants.signals[signal]))
      })
    })
  } finally {
    for (const signal of forwarded) process.off(signal, onSignal)
  }
}

function cannotStart(name: string, error: NodeJS.ErrnoException): IsolaneError {
  const why = error.code === 'ENOENT' ? 'there is no such program' : error.message
  return new IsolaneError('ISOLANE_COMMAND', {
    message: `Cannot start ${JSON.stringify(name)}: ${why}.`,
    hint: 'a program that is on the PATH stands behind --, such as: -- npm test',
    cause: error,
  })
}
