import { plainText } from './names.ts'

/** Name and first line of an error, with what was expected and received where the message says it. */
export function errorLine(error: { name: string; message: string }): string {
  const lines = error.message.slice(0, mostRead).split('\n')
  const line = located(plainText(lines.find((one) => one.trim() !== '') ?? ''), lines)
  const [expected, received] = named(lines) ?? differing(lines) ?? []
  const pair =
    expected === undefined || received === undefined
      ? ''
      : `: expected ${plainText(expected)}, received ${plainText(received)}`
  const plain = line.startsWith('expect(') || line.startsWith(error.name)
  const text = (plain ? line : `${plainText(error.name)}: ${line}`) + pair
  return text.length > 300 ? `${text.slice(0, 299).toWellFormed()}…` : text
}

const mostRead = 16_384

// Playwright names the locator on a line of its own.
function located(line: string, lines: readonly string[]): string {
  if (!line.startsWith('expect(locator)')) return line
  const locator = valueOf(lines, /^Locator:\s+(.+)$/)
  return locator === undefined ? line : line.replace('(locator)', () => `(${plainText(locator)})`)
}

type Pair = readonly [string, string]

function named(lines: readonly string[]): Pair | undefined {
  const expected = valueOf(lines, /^Expected(?: \w+)?: (.+)$/)
  const received = valueOf(lines, /^Received(?: \w+)?: (.+)$/)
  return expected === undefined || received === undefined ? undefined : [expected, received]
}

function valueOf(lines: readonly string[], label: RegExp): string | undefined {
  return lines.map((one) => label.exec(one.trim())?.[1]).find((one) => one !== undefined)
}

// A diff: what has a minus was expected, what has a plus came.
function differing(lines: readonly string[]): Pair | undefined {
  const head = lines.findIndex((line) => /^- Expected\b/.test(line))
  if (head < 0 || !/^\+ Received\b/.test(lines[head + 1] ?? '')) return undefined
  const rest = lines.slice(head + 2)
  const end = rest.findIndex((line) => /^(?:Call log:|\s+at )/.test(line))
  const diff = end < 0 ? rest : rest.slice(0, end)
  const side = (mark: string): string => {
    const text = diff
      .filter((line) => line.startsWith(mark))
      .map((line) => line.slice(1).trim())
      .join(' ')
    return text.length > 80 ? `${text.slice(0, 79)}…` : text
  }
  const [expected, received] = [side('-'), side('+')]
  return expected === '' && received === ''
    ? undefined
    : [expected === '' ? 'nothing' : expected, received === '' ? 'nothing' : received]
}
