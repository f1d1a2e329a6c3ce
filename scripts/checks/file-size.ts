import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const mostLines = 500

/**
 * Lists the files of code that are longer than 500 lines. A file that holds only types may be.
 *
 * @param root the top directory of a checkout
 */
export function checkFileSize(root: string): string[] {
  const files = globSync('{packages,playground,bench,e2e,scripts}/**/*.{ts,tsx,mts,mjs,js}', {
    cwd: root,
    exclude: (path) => /(?:^|[/\\])(?:node_modules|dist|\.[^/\\]+)$/.test(path),
  })
  return files.toSorted().flatMap((file) => {
    if (/(?:^|[/\\])types\.ts$/.test(file)) return []
    const lines = readFileSync(join(root, file), 'utf8').trimEnd().split('\n').length
    return lines > mostLines ? [`${file} has ${lines} lines; ${mostLines} are the most.`] : []
  })
}
