import { expect, test } from 'vitest'
import { errorLine } from './error-line.ts'

test('name and first line', () => {
  expect(errorLine({ name: 'TypeError', message: '\n  a is not a function\nmore' })).toBe(
    'TypeError: a is not a function',
  )
  expect(errorLine({ name: 'Error', message: 'Error: twice' })).toBe('Error: twice')
})

test('what was expected and received', () => {
  const message =
    'expect(locator).toHaveText(expected) failed\n\nLocator:  getByText(\'7$&\')\nExpected: "7"\nReceived: "0"\n'
  expect(errorLine({ name: 'Error', message })).toBe(
    'expect(getByText(\'7$&\')).toHaveText(expected) failed: expected "7", received "0"',
  )
})

test('of a diff, what was expected and received', () => {
  const head = 'expect(received).toEqual(expected) // deep equality'
  const diff = '- Expected  - 1\n+ Received  + 1\n\n  Object {\n-   "a": 1,\n+   "a": 2,\n  }'
  expect(errorLine({ name: 'Error', message: `${head}\n\n${diff}\n\nCall log:\n  - x` })).toBe(
    `${head}: expected "a": 1,, received "a": 2,`,
  )
  const none = '- Expected  - 0\n+ Received  + 1\n\n  Array [\n+   "much",\n  ]'
  expect(errorLine({ name: 'Error', message: `${head}\n\n${none}` })).toBe(
    `${head}: expected nothing, received "much",`,
  )
})

test('never more than 300 characters, however long the message', () => {
  const message = `${'x'.repeat(2_000_000)}\n- Expected\n+ Received\n-${'y'.repeat(1000)}`
  expect(errorLine({ name: 'Error', message })).toHaveLength(300)
})
