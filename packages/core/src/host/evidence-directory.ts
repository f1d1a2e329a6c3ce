import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Directories of failed tests that stay; older ones go when another is made. */
const mostKept = 50

/**
 * Makes a directory (0700) for what is kept of a failed test. `.isolane` itself is kept out of version control.
 *
 * @param dir where to make it; default `<root>/.isolane/failed`.
 * @param name of the directory; where there is one already, such as that of a test with a like name, a number is added.
 */
export async function evidenceDirectory(
  { evidenceDir, root }: { readonly evidenceDir?: string; readonly root: string },
  name: string,
): Promise<string> {
  const own = join(root, '.isolane')
  const parent = evidenceDir ?? join(own, 'failed')
  await mkdir(parent, { recursive: true, mode: 0o700 })
  const into = await makeNew(join(parent, name))
  if (evidenceDir === undefined) {
    await writeFile(join(own, '.gitignore'), '*\n', { flag: 'wx' }).catch(() => {})
    await removeOldest(parent)
  }
  return into
}

async function makeNew(path: string): Promise<string> {
  for (let count = 1; ; count += 1) {
    const into = count === 1 ? path : `${path}-${count}`
    try {
      await mkdir(into, { mode: 0o700 })
      return into
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
    }
  }
}

async function removeOldest(parent: string): Promise<void> {
  const names = await readdir(parent)
  if (names.length <= mostKept) return
  const dated = await Promise.all(
    names.map(async (name) => {
      const path = join(parent, name)
      // Another run of the project may be removing the same one.
      return {
        path,
        at: await stat(path).then(
          ({ mtimeMs }) => mtimeMs,
          () => 0,
        ),
      }
    }),
  )
  dated.sort((one, two) => two.at - one.at)
  for (const { path } of dated.slice(mostKept)) await rm(path, { recursive: true, force: true })
}
