import { readFileSync } from 'node:fs'
import { snapshotNotes } from '../shared/snapshot-notes.ts'

/** The snapshots that a worker wrote in its sandbox, absolute. */
export function notedSnapshots(layer: string): readonly string[] {
  try {
    return readFileSync(snapshotNotes(layer), 'utf8')
      .split('\n')
      .filter((line) => line.endsWith('"'))
      .map((line) => JSON.parse(line) as string)
  } catch {
    // It wrote none.
    return []
  }
}
