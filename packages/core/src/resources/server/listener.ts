import { execFile } from 'node:child_process'
import { readdir, readFile, readlink } from 'node:fs/promises'
import { promisify } from 'node:util'
import { linuxStat } from '../../shared/process-identity.ts'

const run = promisify(execFile)

/** Who listens on a port. `whose` names another process in the user's words. */
export type Listener = { readonly ours: true } | { readonly ours: false; readonly whose: string }

/**
 * Finds out whether a port's listener belongs to a lane's server: it is in the server's process group, or
 * carries the lane's variable (a server that made a session of its own).
 *
 * Linux reads `/proc/net/tcp`, macOS asks `lsof`; elsewhere the listener cannot be told and counts as ours.
 */
export async function listenerOf(
  port: number,
  server: { readonly group: number; readonly lane: string },
): Promise<Listener> {
  if (process.platform === 'linux') return await onLinux(port, server)
  if (process.platform === 'darwin') return await onMacOs(port, server)
  return { ours: true }
}

async function onLinux(
  port: number,
  server: { readonly group: number; readonly lane: string },
): Promise<Listener> {
  const inodes = new Set<string>()
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    const lines = (await readFile(table, 'utf8').catch(() => '')).split('\n').slice(1)
    for (const line of lines) {
      // Columns: sl local_address rem_address st … inode; state 0A is LISTEN (proc_pid_net(5)).
      const columns = line.trim().split(/\s+/)
      const local = columns[1]?.split(':')[1]
      if (columns[3] === '0A' && local !== undefined && parseInt(local, 16) === port) {
        inodes.add(`socket:[${columns[9]}]`)
      }
    }
  }
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
      if (!inodes.has(target)) continue
      if (ours) return { ours: true }
      other ??= `process ${pid} (${await commandOf(pid)})`
    }
  }
  return { ours: false, whose: other ?? 'a process of another user' }
}

async function belongs(
  pid: string,
  server: { readonly group: number; readonly lane: string },
): Promise<boolean> {
  if (linuxStat(Number(pid))?.group === server.group) return true
  const environment = await readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '')
  return environment.split('\0').includes(`ISOLANE_LANE=${server.lane}`)
}

async function commandOf(pid: string): Promise<string> {
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
  return (
    command
      .replace(/\p{Cc}+/gu, ' ')
      .trim()
      .slice(0, 80) || 'unknown'
  )
}

async function onMacOs(port: number, server: { readonly group: number }): Promise<Listener> {
  const listed = await run('lsof', ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-Fpg']).catch(
    () => undefined,
  )
  if (listed === undefined) return { ours: true }
  const groups = [...listed.stdout.matchAll(/^g(\d+)$/gm)].map(([, group]) => Number(group))
  if (groups.includes(server.group)) return { ours: true }
  const [, pid] = /^p(\d+)$/m.exec(listed.stdout) ?? []
  return { ours: false, whose: pid === undefined ? 'another process' : `process ${pid}` }
}
