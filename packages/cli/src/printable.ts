import { stripVTControlCharacters } from 'node:util'

/** Text from tests as one line that does nothing to a terminal. */
export function printable(text: string): string {
  return stripVTControlCharacters(text).replaceAll(/\p{Cc}+/gu, ' ')
}
