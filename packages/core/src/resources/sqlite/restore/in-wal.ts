import { setTimeout as delay } from 'node:timers/promises'
import type { Database } from 'better-sqlite3'
import { isOf } from '../held-files.ts'
import { imageOf, pagesThatDiffer } from '../image.ts'
import { isAsSealed } from '../seal.ts'
import { nextCookie } from './base-image.ts'
import { locked, Obstacle, reading, waitUntil } from './obstacle.ts'
import type { Plan, ResetMark } from './plan.ts'
import { Wal } from './wal.ts'
import { breakWalIndex, hasOldReaders, readWalIndex } from './wal-index.ts'
import type { Checksum, WalIndex } from './wal-index.ts'

interface Written {
  readonly schemaCookie: number
  readonly frames: number
  readonly checksum: Checksum
  /** True when every reader that sees an earlier state can be told by its mark in the index. */
  readonly readersAreKnown: boolean
}

const walVersion = 2
/** Beyond so many pages SQLite's own backup is faster. */
const mostPages = 1_000
/**
 * A longer WAL is emptied, because SQLite reads all of it when it makes its index again; unless one test has written most
 * of it, because emptying takes as long as reading some hundred frames.
 */
const longestWal = 72
const retryMs = 5

/**
 * Restores a database in WAL mode: the base's content of every page written since the last reset goes behind the last
 * frame of the WAL, as one transaction. To SQLite this is a writer that was killed between its commit and announcing it,
 * so it verifies these frames and makes them the database's state for every connection at once.
 *
 * Gives undefined when another way must be taken.
 */
export async function restoreInWal(live: Database, plan: Plan): Promise<ResetMark | undefined> {
  const { mark, deadline, image } = plan
  let written = locked(live, deadline, () => writePages(live, plan))
  if (written === 'empty WAL') {
    // It has no header yet behind which frames could stand.
    live.pragma('synchronous = OFF')
    locked(live, deadline, () => writeOneFrame(live))
    written = locked(live, deadline, () => writePages(live, plan))
  }
  if (written === 'nothing') return mark
  if (written === undefined || written === 'empty WAL') return undefined
  const { schemaCookie, frames, checksum, readersAreKnown } = written
  const state = locked(live, deadline, () => {
    const found = currentIndex(plan)
    const isOurs =
      found?.frames === frames &&
      found.checksum.every((sum, at) => sum === checksum[at]) &&
      found.pages === image.pages &&
      live.pragma('schema_version', { simple: true }) === schemaCookie
    if (!isOurs) return undefined
    const most = Math.max(longestWal, 2 * (frames - framesBefore(plan, found)))
    const isDone = readersAreKnown && frames <= most && !hasOldReaders(found)
    return isDone ? markOf(found, schemaCookie) : versionOf(live)
  })
  if (typeof state !== 'number') return state
  live.pragma('synchronous = OFF')
  await endOldSnapshots(live, deadline)
  return locked(live, deadline, () => {
    const found = currentIndex(plan)
    // Otherwise another connection has written meanwhile.
    if (found?.frames !== 0 || versionOf(live) !== state) return undefined
    writeOneFrame(live)
    return markOf({ ...found, frames: 1 }, schemaCookie)
  })
}

/** In WAL mode a reader keeps the state it began with. An emptied WAL proves that nobody reads an old one. */
export async function endOldSnapshots(live: Database, deadline: number): Promise<void> {
  for (;;) {
    waitUntil(live, deadline)
    const [row] = live.pragma('wal_checkpoint(TRUNCATE)') as { busy: number }[]
    if (row?.busy === 0) return
    if (performance.now() >= deadline) throw new Obstacle(reading)
    await delay(retryMs)
  }
}

// As long as a connection has the -shm file open, nobody replaces it.
function currentIndex({ path, files, image }: Plan): WalIndex | undefined {
  if (files.index === undefined || !isOf(files.index, `${path}-shm`)) return undefined
  const index = readWalIndex(files.index)
  // The index of a WAL that was never written to knows no page size.
  return index?.frames === 0 || index?.pageSizeBytes === image.pageSizeBytes ? index : undefined
}

function writePages(live: Database, plan: Plan): Written | 'nothing' | 'empty WAL' | undefined {
  const { path, files, image, mark } = plan
  const index = currentIndex(plan)
  if (index === undefined || files.index === undefined) return undefined
  if (mark?.wal !== undefined && isAt(index, mark.wal)) return 'nothing'
  if (index.frames === 0) return 'empty WAL'
  using wal = new Wal(path, index)
  const pages = pagesWritten(live, plan, index, wal)
  if (pages === undefined || pages.size > mostPages) return undefined
  const schemaCookie = nextCookie(
    image,
    pages.get(1),
    mark?.schemaCookie ?? image.header.schemaCookie,
    (page) => pages.has(page),
  )
  // A reader without a mark reads the database file alone, which is possible while all frames are copied into it.
  const readersAreKnown = index.copied === 0 && index.toBeCopied === mark?.wal?.toBeCopied
  if (pages.size === 0) {
    return { schemaCookie, frames: index.frames, checksum: index.checksum, readersAreKnown }
  }
  const numbers = [...pages.keys()].filter((page) => page > 1 && page <= image.pages)
  const contents = numbers
    .sort((left, right) => left - right)
    .map((page) => [page, image.page(page)] as const)
  const header = { ...image.header, version: walVersion, schemaCookie }
  const frames = [...contents, [1, image.firstPage(header)] as const]
  const checksum = wal.append(frames, image.pages)
  breakWalIndex(files.index)
  live.exec('COMMIT')
  return { schemaCookie, frames: index.frames + frames.length, checksum, readersAreKnown }
}

/** What was written since the base, page by page; more than that does no harm. */
function pagesWritten(
  live: Database,
  { path, mark, image }: Plan,
  index: WalIndex,
  wal: Wal,
): ReadonlyMap<number, Buffer> | undefined {
  const isSameWal = mark?.wal?.salts === index.salts && mark.wal.frames <= index.frames
  const since = isSameWal ? mark.wal.frames : isAsSealed(path) ? 0 : undefined
  if (since === undefined) return pagesThatDiffer(imageOf(live), image.read(0, image.sizeBytes))
  if (index.frames - since > mostPages) return undefined
  const found = wal.read(since)
  if (found === undefined) return undefined
  const { pages, shortest } = found
  for (let page = shortest + 1; page <= image.pages; page++) {
    if (!pages.has(page)) pages.set(page, nothing)
  }
  return pages
}

/** Content of a page that is no longer there. */
const nothing = Buffer.alloc(0)

// Writes a setting to what it is. With a frame in it the WAL is not taken for copied, which its readers would need no
// mark for.
function writeOneFrame(live: Database): void {
  live.pragma(`user_version = ${Number(live.pragma('user_version', { simple: true }))}`)
  live.exec('COMMIT')
}

function framesBefore({ mark }: Plan, { salts }: WalIndex): number {
  return mark?.wal?.salts === salts ? mark.wal.frames : 0
}

function isAt(index: WalIndex, end: NonNullable<ResetMark['wal']>): boolean {
  return index.salts === end.salts && index.frames === end.frames
}

function markOf({ salts, frames, toBeCopied }: WalIndex, schemaCookie: number): ResetMark {
  return { schemaCookie, wal: { salts, frames, toBeCopied } }
}

/** Changes when another connection has written. */
function versionOf(live: Database): number {
  return Number(live.pragma('data_version', { simple: true }))
}
