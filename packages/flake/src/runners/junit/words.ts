import { IsolaneError } from '@isolane/record'

/**
 * The words of a command line as a shell splits them: blanks divide, quotes hold together. Nothing is
 * expanded.
 *
 * @throws `ISOLANE_OPTION` when a quote is not closed.
 */
export function wordsIn(line: string): string[] {
  const words: string[] = []
  for (const [, word = ''] of line.matchAll(/((?:[^\s"']|"[^"]*"|'[^']*'|["'])+)/g)) {
    const bare = word.replaceAll(/"([^"]*)"|'([^']*)'/g, '$1$2')
    if (/^[^"']*["'][^"']*$/.test(word)) {
      throw new IsolaneError('ISOLANE_OPTION', {
        message: `Cannot split ${JSON.stringify(line)} into words: a quote is not closed`,
        hint: 'close the quote.',
        details: { line },
      })
    }
    words.push(bare)
  }
  return words
}
