import { dirname, join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { hintMark } from '../shared/hint.ts'
import { listed, plain } from './in-words.ts'
import type { Used } from './report.ts'

/** Of what was written, the files of the project that nobody else sees. What tools keep in node_modules is left out. */
function stayed(written: Used['written']): readonly string[] {
  return written
    .filter(({ path, kind, kept }) => !kept && kind === 'file' && !path.startsWith('/'))
    .map(({ path }) => path)
    .filter((path) => !/(^|\/)node_modules\//.test(path))
}

/**
 * The line for people that names the files which workers of a run that failed wrote for themselves alone: somebody
 * outside may have waited for one.
 *
 * @returns undefined when there are none.
 */
export function stayedInsideLine({
  workers,
}: {
  readonly workers: readonly Pick<Used, 'written'>[]
}): string | undefined {
  const files = new Set(workers.flatMap(({ written }) => stayed(written)))
  if (files.size === 0) return undefined
  return `stayed inside: ${listed([...files].sort().map(plain))}. Hint: --keep '<glob>' (sandbox.files.keep) copies such files back, --writable <path> (sandbox.files.writable) shares them.`
}

/** In the words of runners and of people; not what a browser waited for on its page. */
const waitedInVain = /\btimed out\b|\b(?:test|exceeded) timeout of\b|waiting on the predicate/i
/** Nobody waits for one of these: a database of SQLite, what a server logs. */
const ofServers = /\.(?:db|sqlite|log)[^/]*$/

/**
 * What the files part has to do with the error of a test that waited in vain: the worker has written files that
 * nobody outside has seen.
 *
 * @param text the message of the error.
 * @param root of the project.
 * @param written gives what the worker has written so far; asked only when it matters.
 */
export function hintForFiles(
  text: string,
  root: string,
  written: () => Used['written'],
): string | undefined {
  if (!waitedInVain.test(stripVTControlCharacters(text))) return undefined
  const files = stayed(written()).filter((path) => !ofServers.test(path))
  const [first, ...others] = files
  if (first === undefined) return undefined
  const [are, them] = others.length === 0 ? ['is', 'it'] : ['are', 'them']
  const directory = dirname(first)
  const together = directory !== '.' && others.every((other) => dirname(other) === directory)
  // On the command line a path starts from where isolane was called, which is not known here.
  const named = process.cwd() === root ? directory : join(root, directory)
  const path = together ? `${plain(named)}/` : '<path>'
  return `${hintMark} ${listed(files.map(plain))} ${are} seen by this worker alone; if somebody outside waits for ${them}, --writable ${path} (sandbox.files.writable) shares ${them}`
}
