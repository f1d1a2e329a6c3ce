import { test } from 'vitest'
import { open } from './database.js'

test('adds an order', async () => {
  await new Promise((settle) => setTimeout(settle, 700))
  const database = open()
  try {
    database.exec('CREATE TABLE IF NOT EXISTS orders (name TEXT)')
    database.exec("INSERT INTO orders VALUES ('tea')")
  } finally {
    database.close()
  }
})
