import { describe, expect, test } from 'vitest'
import { nearest } from './nearest.ts'
import { checkOptions } from './options.ts'

const allowed = ['schema', 'migrate', 'seed', 'from']

describe('checkOptions', () => {
  test('accepts allowed names', () => {
    expect(() =>
      checkOptions('sqlite()', { schema: 'a.sql', from: undefined }, allowed),
    ).not.toThrow()
  })

  test('names the nearest spelling of an unknown option', () => {
    expect(() => checkOptions('sqlite()', { shema: 'a.sql' }, allowed))
      .toThrowErrorMatchingInlineSnapshot(`
      [IsolaneError: sqlite() has no option "shema". Allowed: schema, migrate, seed, from.
      Hint: write "schema" instead of "shema".]
    `)
  })

  test('proposes nothing when nothing is near', () => {
    expect(() => checkOptions('sqlite()', { colour: 1 }, allowed))
      .toThrowErrorMatchingInlineSnapshot(`
      [IsolaneError: sqlite() has no option "colour". Allowed: schema, migrate, seed, from.
      Hint: remove "colour".]
    `)
  })

  test('refuses what is not an object', () => {
    expect(() => checkOptions('sqlite()', 'db.sql', allowed)).toThrowErrorMatchingInlineSnapshot(`
      [IsolaneError: sqlite() takes an object of options, received a string.
      Hint: allowed options are schema, migrate, seed, from.]
    `)
  })
})

describe('nearest', () => {
  test.each([
    ['journalmode', 'journalMode'],
    ['sed', 'seed'],
    ['migrations', undefined],
    ['', undefined],
  ])('%s -> %s', (name, expected) => {
    expect(nearest(name, ['journalMode', 'seed', 'from'])).toBe(expected)
  })
})
