import { appendFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { tcpListeners } from './listeners.ts'

/**
 * Notes what the processes of a sandbox listen on now, for its footprint: before a process is ended that cannot do it
 * itself any more. Without sockets it costs next to nothing, else some ms.
 *
 * @param pid a process in the network namespace of the sandbox.
 */
export function notePorts(layer: string, pid: number): void {
  try {
    const counts = ['sockstat', 'sockstat6'].map((name) =>
      readFileSync(`/proc/${pid}/net/${name}`, 'utf8'),
    )
    if (!/^TCP6?: inuse [1-9]/m.test(counts.join('\n'))) return
    const lines = tcpListeners(pid)
      // Those from 32768 to 60999 the kernel gives to whoever asks for any.
      .filter(({ port }) => port < 32_768 || port > 60_999)
      .map(({ port }) => `${port}\n`)
    appendFileSync(join(layer, 'listened'), lines.join(''), { mode: 0o600 })
  } catch {
    // It is gone, or there is no IPv6.
  }
}
