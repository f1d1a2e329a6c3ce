import { createServer } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

let server

beforeAll(async () => {
  await new Promise((settle) => setTimeout(settle, 500))
  server = createServer((_, response) => response.end('[]'))
  await new Promise((settle, fail) => {
    server.once('error', fail)
    server.listen(41777, '127.0.0.1', settle)
  })
})
afterAll(() => new Promise((settle) => server.close(settle)))

describe('users', () => {
  test('are listed', async () => {
    expect(await (await fetch('http://127.0.0.1:41777/')).json()).toEqual([])
  })

  test('are served', () => {
    expect(server.listening).toBe(true)
  })
})
