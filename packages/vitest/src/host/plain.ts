import { stripVTControlCharacters } from 'node:util'

/** Test names and data are not ours: they must not steer the terminal. */
export function plain(text: string): string {
  return stripVTControlCharacters(text).replace(/\p{Cc}+/gu, ' ')
}
