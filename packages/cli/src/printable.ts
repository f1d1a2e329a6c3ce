import { stripVTControlCharacters } from 'node:util'

/** Text from tests as one line that does nothing to a terminal. */
export function printable(text: string): string {
  // oxlint-disable-next-line no-control-regex -- what tests are called is hostile to terminals
  return stripVTControlCharacters(text).replaceAll(/[\u0000-\u001F\u007F-\u009F]+/g, ' ')
}
