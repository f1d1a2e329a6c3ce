import { readFileSync } from 'node:fs'

/** Reads the list of files that `ISOLANE_ORDER` names; undefined when it names none. */
export function readOrder(path: string | undefined): string[] | undefined {
  if (path === undefined || path === '') return undefined
  const value: unknown = JSON.parse(readFileSync(path, 'utf8'))
  return Array.isArray(value) ? value.map(String) : []
}
