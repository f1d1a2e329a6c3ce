import { isFailure } from '@isolane/record'
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
  /** In words, such as `both listened on port 3162`. */
  readonly detail: string
  /** Keys of the test examined and of the one beside it, as far as one test of their file is known. */
  readonly tests: readonly [string | undefined, string | undefined]
  readonly slots: readonly number[]
}

/**
 * What a test and a file beside it share: what both touched, at least one of them writing, as the record
 * has it; else what both files name.
 */
export function sharedThings(record: TestRecord, victim: Attempt, other: FileRun): SharedThing[] {
  const touched = sharedTouches(record, victim, other)
  // What one file names says nothing of two of its tests.
  if (touched.length > 0 || other.file === victim.file) return touched
  return sharedNames(record.header.cwd, victim.file, other.file)
}

/** What was seen to be used by both in a record of the two side by side; nothing when no touches were noted. */
export function seenShared(record: TestRecord, key: string, other: FileRun): SharedThing[] {
  const own = record.attempts.filter((attempt) => attempt.key === key)
  const victim = own.find(({ outcome }) => isFailure(outcome)) ?? own[0]
  const beside = fileRuns(record).find(
    ({ file, project, worker }) =>
      file === other.file &&
      project === other.project &&
      (file !== victim?.file || worker !== victim.worker),
  )
  return victim === undefined || beside === undefined ? [] : sharedTouches(record, victim, beside)
}

function sharedTouches(record: TestRecord, victim: Attempt, other: FileRun): SharedThing[] {
  const runs = fileRuns(record)
  const own = runs.find(({ file, worker }) => file === victim.file && worker === victim.worker)
  if (own === undefined || record.touches.length === 0) return []
  const ours = new Map<string, Touch>()
  const isApart = ({ worker }: Touch, run: FileRun): boolean =>
    other.file !== victim.file || worker === run.worker
  for (const touch of touchesOf(record, own)) {
    if (!isApart(touch, own)) continue
    const known = ours.get(idOf(touch))
    // What the test itself does counts more than what others of its file do, and writing more than reading.
    if (known === undefined || weight(touch, victim.key) > weight(known, victim.key)) {
      ours.set(idOf(touch), touch)
    }
  }
  const shared = new Map<string, SharedThing>()
  for (const theirs of touchesOf(record, other)) {
    const mine = ours.get(idOf(theirs))
    if (!isApart(theirs, other)) continue
    if (mine === undefined || (mine.access === 'read' && theirs.access === 'read')) continue
    if (shared.has(idOf(theirs)) && theirs.access === 'read') continue
    shared.set(idOf(theirs), {
      what: theirs.what,
      name: theirs.name,
      how: 'touched',
      detail: detailOf(theirs, mine.access === theirs.access),
      tests: [mine.key, theirs.key],
      slots: [mine.slot, theirs.slot].filter((slot) => slot !== undefined),
    })
  }
  return [...shared.values()]
}

function weight({ key, access }: Touch, victim: string): number {
  return (access === 'write' ? 2 : 0) + (key === victim ? 1 : 0)
}

function detailOf({ what, name }: Touch, bothWrite: boolean): string {
  if (what === 'port') {
    return bothWrite
      ? `both listened on port ${name}`
      : `one listened on port ${name}, the other connected to it`
  }
  if (what === 'database') return `both opened database ${name}`
  return bothWrite ? `both wrote file ${name}` : `one wrote file ${name}, the other read it`
}

function touchesOf(record: TestRecord, run: FileRun): Touch[] {
  const keys = new Set(
    record.attempts.filter(({ file }) => file === run.file).map(({ key }) => key),
  )
  const marginMs = 500
  return record.touches.filter((touch) => {
    // Each worker had its own.
    if (touch.apart === true) return false
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
    .map((name) => {
      const what = kindOf(name)
      const detail = `both name ${what} ${name}`
      return { what, name, how: 'named', detail, tests: [undefined, undefined], slots: [] }
    })
}

function kindOf(name: string): Touch['what'] {
  if (/^\d+$/.test(name)) return 'port'
  return databases.test(name) ? 'database' : 'file'
}

const aboutPorts = /\blisten|(?<!im|ex|sup|re|trans|view)ports?\b|localhost|127\.0\.0\.1/i

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
    for (const line of text.split('\n')) {
      if (!aboutPorts.test(line)) continue
      for (const [port] of line.matchAll(/(?<![\w.])\d{4,5}(?![\w.])/g)) {
        if (Number(port) >= 1024 && Number(port) < 65_536) found.add(port)
      }
    }
  }
  return found
}
