import { stripVTControlCharacters } from 'node:util'

const most = 5

/** Names the first five, and how many more there are. */
export function listed(words: readonly string[]): string {
  const rest = words.length - most
  const shown = rest > 0 ? [...words.slice(0, most), `${rest} more`] : words
  return shown.length < 2
    ? (shown[0] ?? '')
    : `${shown.slice(0, -1).join(', ')} and ${shown.at(-1) ?? ''}`
}

/** Names of files are not ours: they must not steer the terminal. */
export function plain(text: string): string {
  return stripVTControlCharacters(text).replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]+/gu, ' ')
}
