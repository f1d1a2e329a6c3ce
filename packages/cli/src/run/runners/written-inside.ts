import { existsSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'

/**
 * Explains why Vite does not find a module: a test has written it in its sandbox.
 *
 * @param id of the module, which Vite could not load.
 * @param place where to look: Vite's root, the project's, and the processes of the workers that live.
 * @returns undefined when that is not the reason.
 */
export function whyMissing(
  id: string,
  place: {
    readonly viteRoot: string
    readonly root: string
    readonly processes: Iterable<number>
  },
): string | undefined {
  const file = id.replace(/[?#].*$/, '')
  if (!file.startsWith('/') || existsSync(file)) return undefined
  const processes = [...place.processes]
  // proc_pid_root(5): the file system as that process sees it.
  const inside = (path: string): boolean =>
    processes.some((pid) => existsSync(`/proc/${pid}/root${path}`))
  const path = [file, join(place.viteRoot, file)].find((one) => !existsSync(one) && inside(one))
  if (path === undefined) return undefined
  // A path starts from where isolane was called, which is not known here.
  const below = relative(place.root, dirname(path))
  const directory =
    below === '' ? '<directory>' : process.cwd() === place.root ? below : dirname(path)
  return (
    // Vitest would replace a message that begins as its own do.
    `Module '${id}' is in the sandbox of its test alone: Vite, outside, does not see it.\n` +
    `Hint: isolane run --writable ${directory} shares such files.`
  )
}
