import { execFile } from 'node:child_process'
import { readdir, readFile, readlink } from 'node:fs/promises'
import { promisify } from 'node:util'
import { plain } from '@isolane/record/worker'
import { laneVariables } from '../../shared/env.ts'
import { linuxStat } from '../../shared/process-identity.ts'

const run = promisify(execFile)

/** The server whose listener is looked for. */
export interface ListenerOf {
  /** Process group of the server. */
  readonly group: number
  /** Id of its lane. */
  readonly lane: string
}

/**
 * Who answers on a port of 127.0.0.1. `pid` and `group` of ours are known where the system tells them; `whose`
 * names another process in the user's words.
 */
export type Listener =
  | { readonly ours: true; readonly pid?: number; readonly group?: number }
  | { readonly ours: false; readonly whose: string }

/**
 * Finds out whether a port's listener belongs to a lane's server: it is in the server's process group, or
 * carries the lane's variable (a server that made a session of its own).
 *
 * Linux reads `/proc/net/tcp`, macOS asks `lsof`; elsewhere the listener cannot be told and counts as ours.
 */
export async function listenerOf(port: number, server: ListenerOf): Promise<Listener> {
  if (process.platform === 'linux') return await onLinux(port, server)
  if (process.platform === 'darwin') return await onMacOs(port, server)
  return { ours: true }
}

async function onLinux(port: number, server: ListenerOf): Promise<Listener> {
  const sockets = await answeringSockets(port)
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  let other: string | undefined
  // The server's own group first: with many processes on the machine the others are rarely read.
  const grouped = await Promise.all(
    pids.map(async (pid) => ({ pid, ours: await belongs(pid, server) })),
  )
  for (const { pid, ours } of grouped.sort((a, b) => Number(b.ours) - Number(a.ours))) {
    const files = await readdir(`/proc/${pid}/fd`).catch(() => [])
    for (const file of files) {
      const target = await readlink(`/proc/${pid}/fd/${file}`).catch(() => '')
      if (!sockets.has(target)) continue
      const group = linuxStat(Number(pid))?.group
      if (ours && group !== undefined) return { ours: true, pid: Number(pid), group }
      other ??= `process ${pid} (${await commandOf(pid)})`
    }
  }
  return { ours: false, whose: other ?? 'a process of another user' }
}

const loopback = new Set(['0100007F', '0000000000000000FFFF00000100007F'])
const anywhere = /^0+$/

/**
 * The listening sockets that get what is sent to 127.0.0.1. One that is bound to just this address goes before
 * those of all addresses, and one of ::1 alone hears nothing of it.
 */
async function answeringSockets(port: number): Promise<Set<string>> {
  const exact = new Set<string>()
  const wide = new Set<string>()
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    const lines = (await readFile(table, 'utf8').catch(() => '')).split('\n').slice(1)
    for (const line of lines) {
      // Columns: sl local_address rem_address st … inode; state 0A is LISTEN (proc_pid_net(5)).
      const columns = line.trim().split(/\s+/)
      const [address = '', number = ''] = columns[1]?.split(':') ?? []
      if (columns[3] !== '0A' || parseInt(number, 16) !== port) continue
      if (loopback.has(address)) exact.add(`socket:[${columns[9]}]`)
      else if (anywhere.test(address)) wide.add(`socket:[${columns[9]}]`)
    }
  }
  return exact.size > 0 ? exact : wide
}

async function belongs(pid: string, server: ListenerOf): Promise<boolean> {
  if (linuxStat(Number(pid))?.group === server.group) return true
  const environment = await readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '')
  return environment.split('\0').includes(`${laneVariables.lane}=${server.lane}`)
}

async function commandOf(pid: string): Promise<string> {
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
  return plain(command.replaceAll('\0', ' ')).trim().slice(0, 80) || 'unknown'
}

async function onMacOs(port: number, server: ListenerOf): Promise<Listener> {
  const listed = await run('lsof', ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-Fpg']).catch(
    () => undefined,
  )
  if (listed === undefined) return { ours: true }
  // For every process a line `p<pid>`, then one `g<group>`.
  const found = [...listed.stdout.matchAll(/^p(\d+)\ng(\d+)$/gm)]
  const own = found.find(([, , group]) => Number(group) === server.group)
  if (own !== undefined) return { ours: true, pid: Number(own[1]), group: server.group }
  const [, pid] = found[0] ?? []
  return { ours: false, whose: pid === undefined ? 'another process' : `process ${pid}` }
}
