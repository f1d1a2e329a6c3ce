import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'

const mostFiles = 50
const mostChars = 200_000
/** Imports of imports are read, and no further. */
const deepest = 2

/** Text of a test file and of the files of the project that it imports, the test file first. */
export function sourcesOf(cwd: string, file: string): string[] {
  const waiting = [{ path: resolve(cwd, file), depth: 0 }]
  const read = new Set<string>()
  const texts: string[] = []
  for (
    let next = waiting.shift();
    next !== undefined && read.size < mostFiles;
    next = waiting.shift()
  ) {
    if (read.has(next.path)) continue
    read.add(next.path)
    const text = readSource(next.path)
    if (text === undefined) continue
    texts.push(text)
    if (next.depth === deepest) continue
    for (const quoted of quotedIn(text)) {
      if (!isImport(quoted)) continue
      waiting.push({ path: resolve(dirname(next.path), quoted), depth: next.depth + 1 })
    }
  }
  return texts
}

/** What stands between quotes in a source. */
export function quotedIn(text: string): string[] {
  return [...text.matchAll(/(["'`])((?:(?!\1)[^\\\n])+)\1/g)].map(([, , quoted = '']) => quoted)
}

/** True for text that names a file of the project as an import does. */
export function isImport(quoted: string): boolean {
  return /^\.{0,2}\/.*|^file:/.test(quoted) && /\.[cm]?[jt]sx?$|\/[^./]+$/.test(quoted)
}

function readSource(path: string): string | undefined {
  for (const end of ['', '.ts', '.js', '.mjs', '.tsx', '.jsx']) {
    try {
      return readFileSync(path + end, 'utf8').slice(0, mostChars)
    } catch {
      // Perhaps with the next ending.
    }
  }
  return undefined
}
