import { closeSync, fstatSync, ftruncateSync, openSync } from 'node:fs'
import type { Database } from 'better-sqlite3'
import { isAsSealed, seal } from '../seal.ts'
import { headerOf } from './base-image.ts'
import { readAt, writeAt } from './file-bytes.ts'
import { exclusively, Obstacle } from './obstacle.ts'
import type { Plan, ResetMark } from './plan.ts'

const walHeaderBytes = 32
const frameHeaderBytes = 24
/** Beyond so many frames comparing all pages is not much slower. */
const mostFrames = 2_000

/**
 * Restores a database whose WAL was left by connections that were never closed, such as those of a worker that was ended.
 * The file is the base as long as it is sealed: only pages that stand in the WAL can differ once they are moved into it.
 * It stays locked as long as `live` is open. Undefined when another way must be taken, above all when somebody has the
 * database open.
 */
export function restoreFromLeftWal(live: Database, plan: Plan): ResetMark | undefined {
  const { path, image, files } = plan
  const { database } = files
  if (database === undefined || !isAsSealed(path)) return undefined
  live.pragma('locking_mode = EXCLUSIVE')
  try {
    const pages = exclusively(live, performance.now(), () => {
      // Under the lock, so that nobody has moved pages into the file since.
      return isAsSealed(path) ? pagesIn(`${path}-wal`, image.pageSizeBytes) : undefined
    })
    if (pages === undefined) return undefined
    live.pragma('synchronous = OFF')
    const [moved] = live.pragma('wal_checkpoint(TRUNCATE)') as { busy: number }[]
    if (moved?.busy !== 0) return undefined
    return exclusively(live, performance.now(), () => writeBack(database, plan, pages))
  } catch (error) {
    if (error instanceof Obstacle) return undefined
    throw error
  }
}

function writeBack(
  database: number,
  { path, image }: Plan,
  pages: ReadonlySet<number>,
): ResetMark | undefined {
  const { pageSizeBytes } = image
  const left = Math.floor(fstatSync(database).size / pageSizeBytes)
  const all = new Set(pages)
  for (let page = left + 1; page <= image.pages; page++) all.add(page)
  all.delete(1)
  for (const page of all) {
    if (page <= image.pages) writeAt(database, (page - 1) * pageSizeBytes, image.page(page))
  }
  // Nobody knows any state of it: the schema cookie can be that of the base.
  const { version, changeCounter } = headerOf(readAt(database, 0, pageSizeBytes))
  const { schemaCookie } = image.header
  const first = image.firstPage({ version, changeCounter: (changeCounter + 1) >>> 0, schemaCookie })
  writeAt(database, 0, first)
  ftruncateSync(database, image.sizeBytes)
  const isBase = [...all].every((page) => {
    const at = (page - 1) * pageSizeBytes
    return page > image.pages || readAt(database, at, pageSizeBytes).equals(image.page(page))
  })
  if (!isBase || !readAt(database, 0, pageSizeBytes).equals(first)) return undefined
  seal(path)
  return { schemaCookie }
}

/** The pages that any frame of a WAL holds, also one that was never committed; undefined when there are too many. */
function pagesIn(wal: string, pageSizeBytes: number): ReadonlySet<number> | undefined {
  const file = openSync(wal, 'r')
  try {
    const frameBytes = frameHeaderBytes + pageSizeBytes
    const frames = Math.ceil((fstatSync(file).size - walHeaderBytes) / frameBytes)
    if (frames > mostFrames) return undefined
    const pages = new Set<number>()
    if (frames <= 0) return pages
    // Of a WAL with pages of another size nothing can be told.
    if (readAt(file, 8, 4).readUInt32BE(0) % 65_536 !== pageSizeBytes % 65_536) return undefined
    for (let frame = 0; frame < frames; frame++) {
      const number = readAt(file, walHeaderBytes + frame * frameBytes, 4)
      if (number.length === 4) pages.add(number.readUInt32BE(0))
    }
    return pages
  } finally {
    closeSync(file)
  }
}
