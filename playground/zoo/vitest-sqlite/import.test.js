import { expect, test } from 'vitest'
import { open } from './database.js'

test('imports in one transaction', async () => {
  const database = open()
  database.exec('CREATE TABLE IF NOT EXISTS goods (name TEXT)')
  database.exec('BEGIN EXCLUSIVE')
  await new Promise((settle) => setTimeout(settle, 1800))
  database.exec('COMMIT')
  database.close()
  expect(database).toBeDefined()
})
