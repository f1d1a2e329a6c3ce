import { expect, test } from 'vitest'
import { sqliteDriver } from './sqlite-driver.ts'

test('a Node.js that better-sqlite3 would crash gets a message instead', () => {
  expect(() => sqliteDriver('20.20.2')).toThrow(
    "Isolane's databases do not work on Node.js 20.20.2: better-sqlite3 13 needs 22 or newer.\nHint: run the tests with Node.js 22.18 or newer.",
  )
  expect(new (sqliteDriver())(':memory:').open).toBe(true)
})
