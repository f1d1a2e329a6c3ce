import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { portsIn, socketsIn } from '../../shared/listening.ts'

/**
 * Notes what the processes of a sandbox listen on now, for its footprint: before a process is ended that cannot do it
 * itself any more. Without sockets it costs next to nothing, else some ms.
 *
 * @param pid a process in the network namespace of the sandbox.
 */
export function notePorts(layer: string, pid: number): void {
  try {
    const used = (['tcp', 'tcp6'] as const).filter((table) => Number(socketsIn(table, pid)) > 0)
    if (used.length === 0) return
    const lines = used.flatMap((table) => portsIn(table, pid)).map((port) => `${port}\n`)
    appendFileSync(join(layer, 'listened'), lines.join(''), { mode: 0o600 })
  } catch {
    // It is gone, or there is no IPv6.
  }
}
