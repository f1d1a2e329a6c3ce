/** The text of one docstring, in the lines in which it stands in its file. */
export interface Docstring {
  /** The line on which it begins, from 1. */
  line: number
  /** As many blank lines as stand before it, then its text without the stars. */
  text: string
}

/** Finds the docstrings of a source file. */
export function findDocstrings(source: string): Docstring[] {
  return [...source.matchAll(/^ *\/\*\*.*?\*\//gms)].map((match) => {
    const linesBefore = source.slice(0, match.index).split('\n').length - 1
    const text = match[0]
      .split('\n')
      .map((line) => line.replace(/^ *(?:\/\*\*|\*\/|\*) ?/, ''))
      .join('\n')
    return { line: linesBefore + 1, text: '\n'.repeat(linesBefore) + text }
  })
}
