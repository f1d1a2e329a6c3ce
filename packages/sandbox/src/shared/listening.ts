import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { machineFile } from './machine.ts'
import type { Machine } from './machine.ts'

/** The tables of TCP sockets in `/proc/<pid>/net`. */
export type TcpTable = 'tcp' | 'tcp6'

let apart: boolean | undefined

/** The ports and the paths of sockets that the processes of this sandbox listen on, by the tables of its network. */
export function listening(layer: string): readonly string[] {
  // The tables of the machine tell nothing about this sandbox.
  apart ??= (
    JSON.parse(readFileSync(join(dirname(layer), machineFile), 'utf8')) as Machine
  ).parts.includes('network')
  return apart ? [...changedPorts('tcp'), ...changedPorts('tcp6'), ...sockets()] : []
}

/**
 * The ports on which the processes of a network listen. Those from 32768 to 60999 are left out: the kernel gives them
 * to whoever asks for any.
 *
 * @param pid a process in that network.
 */
export function portsIn(table: TcpTable, pid: number | 'self'): readonly string[] {
  return rows(table, pid)
    .filter((row) => row[3] === '0A')
    .map((row) => parseInt(row[1]?.split(':')[1] ?? '', 16))
    .filter((port) => port > 0 && (port < 32_768 || port > 60_999))
    .map(String)
}

/** How many sockets a table has. The kernel takes some ms for the table, even for an empty one, and none for this. */
export function socketsIn(table: TcpTable, pid: number | 'self'): string {
  const [file, name] = table === 'tcp' ? ['sockstat', 'TCP'] : ['sockstat6', 'TCP6']
  const text = readFileSync(`/proc/${pid}/net/${file}`, 'utf8')
  return new RegExp(`^${name}: inuse (\\d+)`, 'm').exec(text)?.[1] ?? ''
}

const counts = new Map<TcpTable, string>([
  ['tcp', '0'],
  ['tcp6', '0'],
])

function changedPorts(table: TcpTable): readonly string[] {
  const count = socketsIn(table, 'self')
  const same = counts.get(table) === count
  counts.set(table, count)
  return same ? [] : portsIn(table, 'self')
}

function sockets(): readonly string[] {
  return rows('unix', 'self').flatMap(([, , , flags, , , , path = '']) =>
    flags === '00010000' && path.startsWith('/') ? [path] : [],
  )
}

function rows(table: TcpTable | 'unix', pid: number | 'self'): readonly string[][] {
  return readFileSync(`/proc/${pid}/net/${table}`, 'utf8')
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
}
