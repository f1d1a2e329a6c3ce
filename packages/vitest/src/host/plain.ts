import { stripVTControlCharacters } from 'node:util'

/** Test names, paths and data are not ours: on one line and without what steers a terminal. */
export function plain(text: string): string {
  return stripVTControlCharacters(text).replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
}
