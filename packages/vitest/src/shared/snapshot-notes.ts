import { join } from 'node:path'

/** The file in a sandbox's layer that lists the snapshots its worker wrote: an absolute path a line, as JSON. */
export function snapshotNotes(layer: string): string {
  return join(layer, 'snapshots')
}
