/** The words as one line that a POSIX shell reads back as the same words. */
export function shellLine(words: readonly string[]): string {
  return words.map(quote).join(' ')
}

function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`
}

/**
 * The text as a pattern that matches only itself. What cannot stand in an argument, or cannot be seen in one, such as a
 * control character, is written as its number.
 */
export function escapePattern(text: string): string {
  return text
    .replace(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`)
    .replace(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu, numbered)
}

function numbered(character: string): string {
  const units = Array.from({ length: character.length }, (_, at) => character.charCodeAt(at))
  return units.map((unit) => `\\u${unit.toString(16).toUpperCase().padStart(4, '0')}`).join('')
}
