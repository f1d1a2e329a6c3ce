import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { machineFile } from '../shared/machine.ts'
import type { Machine } from '../shared/machine.ts'

let apart: boolean | undefined

/** The ports and the paths of sockets that the processes of this sandbox listen on, by the tables of its network. */
export function listening(layer: string): readonly string[] {
  // The tables of the machine tell nothing about this sandbox.
  apart ??= (
    JSON.parse(readFileSync(join(dirname(layer), machineFile), 'utf8')) as Machine
  ).parts.includes('network')
  return apart ? [...ports('tcp'), ...ports('tcp6'), ...sockets()] : []
}

// Ports from 32768 to 60999 are those that the kernel gives to whoever asks for any.
function ports(table: 'tcp' | 'tcp6'): readonly string[] {
  if (unchanged(table)) return []
  return rows(table)
    .filter((row) => row[3] === '0A')
    .map((row) => parseInt(row[1]?.split(':')[1] ?? '', 16))
    .filter((port) => port > 0 && (port < 32_768 || port > 60_999))
    .map(String)
}

const counts = new Map<string, string>([
  ['tcp', '0'],
  ['tcp6', '0'],
])

// The kernel takes some ms for a table, even for an empty one, and none at all to count the sockets in it.
function unchanged(table: 'tcp' | 'tcp6'): boolean {
  const [file, name] = table === 'tcp' ? ['sockstat', 'TCP'] : ['sockstat6', 'TCP6']
  const text = readFileSync(`/proc/self/net/${file}`, 'utf8')
  const count = new RegExp(`^${name}: inuse (\\d+)`, 'm').exec(text)?.[1] ?? ''
  const same = counts.get(table) === count
  counts.set(table, count)
  return same
}

function sockets(): readonly string[] {
  return rows('unix').flatMap(([, , , flags, , , , path = '']) =>
    flags === '00010000' && path.startsWith('/') ? [path] : [],
  )
}

function rows(table: string): readonly string[][] {
  return readFileSync(`/proc/self/net/${table}`, 'utf8')
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
}
