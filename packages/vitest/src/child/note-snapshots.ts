import { appendFileSync, promises } from 'node:fs'
import { resolve } from 'node:path'
import { snapshotNotes } from '../shared/snapshot-notes.ts'

/**
 * Notes in the layer of this worker's sandbox which snapshots it writes, inline ones included: only the worker knows
 * where `toMatchFileSnapshot` and `resolveSnapshotPath` lead, and the main process has them copied back.
 *
 * @param layer directory of the sandbox's layer.
 */
export function noteSnapshots(layer: string): void {
  const { writeFile } = promises
  // Vitest writes all of them with this function, called on this object, in its snapshot environment. That module has
  // no name of its own, and the entry that leads to it takes longer to load than a small test file.
  promises.writeFile = async (file, ...more) => {
    if (typeof file === 'string' && /\bsaveSnapshotFile\b/.test(new Error().stack ?? '')) {
      appendFileSync(snapshotNotes(layer), `${JSON.stringify(resolve(file))}\n`, { mode: 0o600 })
    }
    await writeFile(file, ...more)
  }
}
