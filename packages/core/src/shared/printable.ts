/** Text without control characters and on one line, so that it cannot steer a terminal: they are shown as escapes. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, (character) => {
    const known = escapes.get(character)
    return known ?? `\\u{${character.codePointAt(0)?.toString(16) ?? ''}}`
  })
}

const escapes = new Map([
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
])
