import { plainText } from './names.ts'

/** Name and first line of an error, with what was expected and received where the message says it. */
export function errorLine(error: { name: string; message: string }): string {
  const lines = error.message.split('\n')
  const line = plainText(lines.find((one) => one.trim() !== '') ?? '')
  const value = (label: RegExp): string | undefined =>
    lines.map((one) => label.exec(one.trim())?.[1]).find((one) => one !== undefined)
  const expected = value(/^Expected(?: \w+)?: (.+)$/)
  const received = value(/^Received(?: \w+)?: (.+)$/)
  const pair =
    expected === undefined || received === undefined
      ? ''
      : `: expected ${plainText(expected)}, received ${plainText(received)}`
  const plain = line.startsWith('expect(') || line.startsWith(error.name)
  const text = (plain ? line : `${plainText(error.name)}: ${line}`) + pair
  return text.length > 300 ? `${text.slice(0, 299)}…` : text
}
