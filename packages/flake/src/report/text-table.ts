import { plainText } from './names.ts'

/** One line of a cell. */
export interface Line {
  readonly text: string
  readonly paint?: ((text: string) => string) | undefined
}

export const gap = '  '

/** Cells side by side, each as many lines as it has, in columns of these widths. */
export function row(cells: readonly (readonly Line[])[], widths: readonly number[]): string[] {
  const height = Math.max(...cells.map((lines) => lines.length))
  return Array.from({ length: height }, (_, at) =>
    cells
      .map((lines, column) => {
        const { text, paint } = lines[at] ?? { text: '' }
        const padding = ' '.repeat(Math.max(0, (widths[column] ?? 0) - text.length))
        return (paint === undefined ? text : paint(text)) + padding
      })
      .join(gap)
      .trimEnd(),
  )
}

/** Text in lines of at most `width`, broken between words; paths break after a slash where they can. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of plainText(text).split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`
    if (longer.length <= width) {
      line = longer
      continue
    }
    if (line !== '') lines.push(line)
    line = word
    while (line.length > width) {
      const cut = breakAt(line, width)
      lines.push(line.slice(0, cut))
      line = line.slice(cut)
    }
  }
  return line === '' ? lines : [...lines, line]
}

// After a slash, unless little would stand on this line and the rest does not fit on the next.
function breakAt(word: string, width: number): number {
  const slash = word.lastIndexOf('/', width - 1)
  const fits = slash > 0 && word.length - slash - 1 <= width
  return slash > width / 3 || fits ? slash + 1 : whole(word, width)
}

// No cut goes through a character of two halves.
function whole(text: string, length: number): number {
  return /[\uD800-\uDBFF]/.test(text.charAt(length - 1)) && length > 1 ? length - 1 : length
}

/** The first lines of a text; the last one says with `…` that there was more. */
export function firstLines(lines: readonly string[], most: number, width: number): string[] {
  const last = lines[most - 1]
  if (last === undefined || lines.length <= most) return [...lines]
  return [...lines.slice(0, most - 1), `${last.slice(0, whole(last, width - 1))}…`]
}
