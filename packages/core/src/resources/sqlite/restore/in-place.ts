import { fstatSync, ftruncateSync } from 'node:fs'
import type { Database } from 'better-sqlite3'
import { sameImage } from '../image.ts'
import { isAsSealed, seal } from '../seal.ts'
import { headerOf, nextCookie } from './base-image.ts'
import { readAt, writeAt } from './file-bytes.ts'
import { exclusively, locked, Obstacle } from './obstacle.ts'
import type { Plan, ResetMark } from './plan.ts'

const stepBytes = 256 * 1_024

/**
 * Restores a database without a WAL: while a lock keeps everybody out, what differs from the base is written over.
 * Connections see a new change counter when they come back, and read again. Undefined when another way must be taken.
 */
export function restoreInPlace(live: Database, plan: Plan): ResetMark | undefined {
  const { deadline, files, path } = plan
  const { database } = files
  if (database === undefined) return undefined
  const seen = locked(live, deadline, () => {
    const isSame = isAsSealed(path) || stepsThatDiffer(database, plan).length === 0
    if (isSame) seal(path)
    return isSame ? cookieOf(database) : undefined
  })
  if (seen !== undefined) return { schemaCookie: seen }
  return exclusively(live, deadline, () => restore(database, plan))
}

/**
 * The same for a database in WAL mode that nobody has open; undefined when somebody has opened it meanwhile. It stays
 * locked as long as `live` is open.
 */
export function restoreUnopened(live: Database, plan: Plan): ResetMark | undefined {
  const { database } = plan.files
  if (database === undefined) return undefined
  live.pragma('locking_mode = EXCLUSIVE')
  try {
    return exclusively(live, performance.now(), () => restore(database, plan))
  } catch (error) {
    if (error instanceof Obstacle) return undefined
    throw error
  }
}

function restore(database: number, plan: Plan): ResetMark | undefined {
  const { image, path, mark } = plan
  const steps = stepsThatDiffer(database, plan)
  if (steps.length > 0) {
    const live = readAt(database, 0, image.pageSizeBytes)
    if (live.length < image.pageSizeBytes) return undefined
    const pageAt = (page: number): Buffer => {
      return readAt(database, (page - 1) * image.pageSizeBytes, image.pageSizeBytes)
    }
    const last = mark?.schemaCookie ?? image.header.schemaCookie
    const schemaCookie = nextCookie(image, live, last, (page) => {
      return !pageAt(page).equals(image.page(page))
    })
    const { version, changeCounter } = headerOf(live)
    for (const step of steps) writeAt(database, step, image.read(step, stepBytes))
    const header = { version, changeCounter: (changeCounter + 1) >>> 0, schemaCookie }
    writeAt(database, 0, image.firstPage(header))
    ftruncateSync(database, image.sizeBytes)
    if (stepsThatDiffer(database, plan).length > 0) return undefined
  }
  seal(path)
  return { schemaCookie: cookieOf(database) }
}

/** Where the file differs from the base, as positions in it. */
function stepsThatDiffer(database: number, { image }: Plan): number[] {
  const sizeBytes = Math.max(fstatSync(database).size, image.sizeBytes)
  const found: number[] = []
  for (let at = 0; at < sizeBytes; at += stepBytes) {
    const [left, right] = [readAt(database, at, stepBytes), image.read(at, stepBytes)]
    if (at === 0 ? !sameImage(left, right) : !left.equals(right)) found.push(at)
  }
  return found
}

function cookieOf(database: number): number {
  return headerOf(readAt(database, 0, 100)).schemaCookie
}
