import type { Attempt, TestRecord, Touch } from '@isolane/record'
import type { FileRun } from '../experiment/neighbours.ts'
import { fileRuns } from '../experiment/neighbours.ts'
import { isImport, quotedIn, sourcesOf } from './sources.ts'

/** Something outside of the process that two tests both use. */
export interface SharedThing {
  readonly what: Touch['what']
  readonly name: string
  /** `touched`: both were seen using it; `named`: both files name it. */
  readonly how: 'touched' | 'named'
}

/**
 * What a test and a file beside it share: what both touched, at least one of them writing, as the record
 * has it; else what both files name.
 */
export function sharedThings(record: TestRecord, victim: Attempt, other: FileRun): SharedThing[] {
  const touched = sharedTouches(record, victim, other)
  return touched.length > 0 ? touched : sharedNames(record.header.cwd, victim.file, other.file)
}

function sharedTouches(record: TestRecord, victim: Attempt, other: FileRun): SharedThing[] {
  const runs = fileRuns(record)
  const own = runs.find(({ file, worker }) => file === victim.file && worker === victim.worker)
  const ours = new Map<string, Touch>()
  for (const touch of own === undefined ? [] : touchesOf(record, own)) {
    const id = idOf(touch)
    if (ours.get(id)?.access !== 'write') ours.set(id, touch)
  }
  const shared = new Map<string, SharedThing>()
  for (const touch of touchesOf(record, other)) {
    const mine = ours.get(idOf(touch))
    if (mine === undefined || (mine.access === 'read' && touch.access === 'read')) continue
    shared.set(idOf(touch), { what: touch.what, name: touch.name, how: 'touched' })
  }
  return [...shared.values()]
}

function touchesOf(record: TestRecord, run: FileRun): Touch[] {
  const keys = new Set(
    record.attempts.filter(({ file }) => file === run.file).map(({ key }) => key),
  )
  const marginMs = 500
  return record.touches.filter((touch) => {
    if (touch.key !== undefined) return keys.has(touch.key)
    if (touch.file !== undefined) return touch.file === run.file
    return (
      touch.worker !== undefined &&
      touch.worker === run.worker &&
      touch.atMs >= run.startMs - marginMs &&
      touch.atMs <= run.endMs + marginMs
    )
  })
}

function idOf({ what, name }: Touch): string {
  return `${what} ${name}`
}

const databases = /\.(db|sqlite3?|db3)$|^(postgres(ql)?|mysql|mongodb|redis):\/\//i

function sharedNames(cwd: string, one: string, other: string): SharedThing[] {
  const [ours, theirs] = [literals(cwd, one), literals(cwd, other)]
  return [...ours]
    .filter((name) => theirs.has(name))
    .map((name) => ({ what: kindOf(name), name, how: 'named' as const }))
}

function kindOf(name: string): Touch['what'] {
  if (/^\d+$/.test(name)) return 'port'
  return databases.test(name) ? 'database' : 'file'
}

// Ports and paths in a test file and in the files of the project that it imports.
function literals(cwd: string, file: string): Set<string> {
  const found = new Set<string>()
  for (const text of sourcesOf(cwd, file)) {
    for (const quoted of quotedIn(text)) {
      if (isImport(quoted)) continue
      if (/^[\w./@:-]*\.\w{1,8}$|^\/tmp\//.test(quoted) && !/\.[cm]?[jt]sx?$/.test(quoted)) {
        if (!/^\d+(\.\d+)*$/.test(quoted)) found.add(quoted.replace(/^\.\//, ''))
      } else if (databases.test(quoted)) found.add(quoted)
    }
    for (const [port] of text.matchAll(/(?<![\w.])\d{4,5}(?![\w.])/g)) {
      if (
        Number(port) >= 1024 &&
        Number(port) < 65_536 &&
        /listen|port|localhost|127\.0/i.test(text)
      ) {
        found.add(port)
      }
    }
  }
  return found
}
