import { expect, test } from 'vitest'
import { plain, plainLines, printable } from './printable.ts'

const bidi = '\u202Etxet'
const hostile = `\u001B[31mred\u001B[0m\r\n${bidi}\ta\u2028b\u0007\uD800`

test('text of others cannot steer a terminal', () => {
  expect(printable(hostile)).toBe(
    '\\u{1b}[31mred\\u{1b}[0m\\r\\n\\u{202e}txet\\ta\\u{2028}b\\u{7}\\u{d800}',
  )
  expect(plain(hostile)).toBe('red \\u{202e}txet a b\\u{7}\\u{d800}')
  expect(plainLines(hostile)).toBe('red\n\\u{202e}txet\ta\\u{2028}b\\u{7}\\u{d800}')
})

test('other text stays as it is', () => {
  const text = 'Prüfung › „größer“ 日本 👍 \\ \u00A0'
  for (const show of [printable, plain, plainLines]) expect(show(text)).toBe(text)
})
