import { createServer } from 'node:http'
import { afterEach, expect, test } from 'vitest'

let server
afterEach(() => new Promise((settle) => (server ? server.close(settle) : settle())))

test('serves the item', async () => {
  server = createServer((_, response) => response.end('b'))
  await new Promise((settle, fail) => {
    server.once('error', (error) => {
      server = undefined
      fail(error)
    })
    server.listen(41733, '127.0.0.1', settle)
  })
  const answer = await fetch('http://127.0.0.1:41733/')
  expect(await answer.text()).toBe('b')
  await new Promise((settle) => setTimeout(settle, 3000))
}, 20_000)
