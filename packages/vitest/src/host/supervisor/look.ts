import { execFile } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { WorkerProcess } from '../worker-process.ts'
import { askInspector, inTime } from './inspector.ts'
import type { Seen } from './inspector.ts'

const run = promisify(execFile)

const main = fileURLToPath(new URL('./look-main.js', import.meta.url))

/** How long all of it may take. On a machine that is not overloaded it takes a fraction of a second. */
const LIMIT_MS = 15_000

/** Looks what a worker is doing right now. Works while it runs a loop without end. */
export async function lookInto(worker: WorkerProcess): Promise<Seen> {
  const unseen: Seen = { doing: undefined, frames: [], handles: [] }
  const { pid } = worker.child
  if (pid === undefined) return unseen
  // The main thread opens it, from wherever it runs JavaScript.
  const address = await inTime(worker.inspect(), pid)
  if (address === undefined) return { ...unseen, doing: 'native' }
  const look = worker.sandbox === undefined ? askInspector(address, pid) : askInside(address, pid)
  return await Promise.race([look.catch(() => unseen), delay(LIMIT_MS, unseen, { ref: false })])
}

/** Its loopback may be its own: asks from there. */
async function askInside(address: string, pid: number): Promise<Seen> {
  const user = process.getuid?.() === 0 ? [] : ['--user', '--preserve-credentials']
  const enter = [`--target=${pid}`, ...user, '--net', '--']
  const { stdout } = await run(
    'nsenter',
    [...enter, process.execPath, main, address, String(pid)],
    {
      env: { PATH: process.env['PATH'] },
      timeout: LIMIT_MS,
      killSignal: 'SIGKILL',
    },
  )
  return JSON.parse(stdout) as Seen
}
