import { stripVTControlCharacters } from 'node:util'

/** What can steer a terminal, break a line or turn the order of text around. */
const steering = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu

/** Text on one line that cannot steer a terminal: what could is shown as escapes. For data, of which every character counts. */
export function printable(text: string): string {
  return text.replace(steering, escaped)
}

/** Like {@link printable}, for names and messages: without colours, and with blanks for line breaks and tabs. */
export function plain(text: string): string {
  return printable(stripVTControlCharacters(text).replace(/[\n\r\t\u2028\u2029]+/g, ' '))
}

/** Like {@link plain}, with its line breaks and tabs. */
export function plainLines(text: string): string {
  return stripVTControlCharacters(text)
    .replaceAll('\r\n', '\n')
    .replace(steering, (character) => (/[\n\t]/.test(character) ? character : escaped(character)))
}

const escapes = new Map([
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
])

function escaped(character: string): string {
  return escapes.get(character) ?? `\\u{${character.codePointAt(0)?.toString(16) ?? ''}}`
}
