// Loaded by every Vitest worker in a sandbox: notes which files are snapshots, because only the worker knows where
// `toMatchFileSnapshot` and `resolveSnapshotPath` lead. The main process copies them back.

const layer = process.env['ISOLANE_LAYER']
if (layer !== undefined && layer !== '') noteSnapshots(`${layer}/snapshots`)

function noteSnapshots(notes: string): void {
  const { appendFileSync, promises } = process.getBuiltinModule('node:fs')
  const { resolve } = process.getBuiltinModule('node:path')
  const { writeFile } = promises
  // Vitest's own environment for snapshots writes with this function, on this object.
  promises.writeFile = async (file, ...more) => {
    if (typeof file === 'string' && /\bsaveSnapshotFile\b/.test(String(new Error().stack))) {
      appendFileSync(notes, `${JSON.stringify(resolve(file))}\n`, { mode: 0o600 })
    }
    await writeFile(file, ...more)
  }
}
