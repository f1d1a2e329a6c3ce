import { createServer } from 'node:http'
import { test } from 'vitest'

test('serves for a while', async () => {
  const server = createServer((_, response) => response.end('served'))
  await new Promise((settle, fail) => {
    server.once('error', fail)
    server.listen(41761, '127.0.0.1', settle)
  })
  await new Promise((settle) => setTimeout(settle, 2500))
  server.closeAllConnections()
  await new Promise((settle) => server.close(settle))
}, 20_000)
