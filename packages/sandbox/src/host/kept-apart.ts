import type { Part } from '../options.ts'
import { isInside } from './ground.ts'
import { listed, plain } from './in-words.ts'
import type { Footprint } from './sandbox.ts'
import { shown } from './shown.ts'

/** What one worker did in its sandbox. */
export interface WorkerFootprint {
  /** Who it was, in the words of people: its test files, or its number. */
  readonly name: string
  readonly footprint: Pick<Footprint, 'written' | 'kept' | 'ports' | 'sockets'>
  /** Ports, and absolute paths of directories, that nobody else has: those of the worker's lane. */
  readonly own?: readonly string[]
}

/** One thing that two or more workers used, each its own: without sandboxes they would have met there. */
export interface KeptApart {
  readonly kind: 'port' | 'socket' | 'file'
  /** Port number, or path: relative to the project's root when it lies inside. */
  readonly name: string
  /** How many workers used it. Those of the same name count as one. */
  readonly workers: number
  /** Who they were, in the order in which they ended. */
  readonly by: readonly string[]
}

/**
 * Tells what sandboxes kept apart, the most used first; ports before sockets before files. Files that were copied back
 * and caches of tools are no reason, nor is what belongs to a worker's lane.
 *
 * @param root the project's root, absolute.
 */
export function keptApart(root: string, workers: readonly WorkerFootprint[]): readonly KeptApart[] {
  const users = new Map<string, { kind: KeptApart['kind']; name: string; by: Set<string> }>()
  for (const { name: user, footprint, own = [] } of workers) {
    for (const [kind, name] of used(footprint, own)) {
      const title = shown(root, name)
      const entry = users.get(`${kind} ${title}`) ?? { kind, name: title, by: new Set() }
      entry.by.add(user)
      users.set(`${kind} ${title}`, entry)
    }
  }
  return [...users.values()]
    .filter(({ kind, name, by }) => by.size > 1 && !(kind === 'file' && isCompanion(name, users)))
    .map(({ kind, name, by }) => ({ kind, name, workers: by.size, by: [...by] }))
    .sort(
      (a, b) =>
        kinds.indexOf(a.kind) - kinds.indexOf(b.kind) ||
        b.workers - a.workers ||
        a.name.localeCompare(b.name, 'en', { numeric: true }),
    )
}

/** The line for people that goes with {@link keptApart}. */
export function keptApartLine(things: readonly KeptApart[]): string {
  if (things.length === 0) {
    return 'the sandbox kept nothing apart: no two workers used the same port, socket or file.'
  }
  const named = things.map(({ kind, name, workers }) => {
    const what = kind === 'file' ? plain(name) : `${kind} ${plain(name)}`
    return `${what} (${workers} workers)`
  })
  return `the sandbox kept apart ${listed(named)}.`
}

/** The line for people that says which parts are on. */
export function partsLine(parts: readonly Part[], who = 'every worker'): string {
  return `${who} runs in a sandbox with ${listed(parts)} of its own.`
}

const kinds = ['port', 'socket', 'file']

/** Directories in which tools keep what they would make again. */
const cache =
  /(^|\/)(node_modules\/\.[^/]+|\.cache|\.config\/(?:chromium|google-chrome)|node-compile-cache|v8-compile-cache-[^/]+|playwright-transform-cache-[^/]+|jest_[^/]+|tsx-\d+)\//

function* used(
  { written, kept, ports, sockets }: WorkerFootprint['footprint'],
  own: readonly string[],
): Generator<[KeptApart['kind'], string]> {
  const back = new Set(kept.map(({ path }) => path))
  const paths = own.filter((one) => one.startsWith('/'))
  const counts = (path: string): boolean => !paths.some((directory) => isInside(path, directory))
  for (const port of new Set(ports)) if (!own.includes(String(port))) yield ['port', String(port)]
  const listening = new Set(sockets)
  for (const { path, kind } of written) if (kind === 'socket') listening.add(path)
  for (const path of listening) if (counts(path)) yield ['socket', path]
  for (const { path, kind } of written) {
    if (kind === 'socket' || listening.has(path) || back.has(path) || cache.test(path)) continue
    if (counts(path)) yield ['file', path]
  }
}

/** What SQLite keeps beside a database says nothing that the database does not. */
function isCompanion(name: string, users: ReadonlyMap<string, unknown>): boolean {
  const database = name.replace(/-(wal|shm|journal)$/, '')
  return database !== name && users.has(`file ${database}`)
}
