import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { withoutLane } from '../shared/env.ts'

const entry = fileURLToPath(new URL('./lane-main.js', import.meta.url))

/** Starts `lane-main.js` and gives what it tells. With `kill`, it is killed then, by SIGKILL; else it ends by itself. */
export async function laneProcess(
  args: readonly string[],
  { env = {}, kill = false }: { env?: Readonly<Record<string, string>>; kill?: boolean },
): Promise<unknown> {
  const child = fork(entry, args, {
    env: { ...withoutLane(process.env), ...env },
    execArgv: [],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const ended = once(child, 'exit')
  const told: unknown = await Promise.race([
    once(child, 'message').then(([message]: unknown[]) => message),
    ended.then(([code, signal]) => {
      throw new Error(`The process ended before it told anything: ${String(code ?? signal)}`)
    }),
  ])
  if (kill) child.kill('SIGKILL')
  await ended
  return told
}
