import { createServer } from 'node:http'
import { test } from 'node:test'

test('answers with people', async () => {
  const server = createServer()
  await new Promise((settle, fail) => {
    server.once('error', fail)
    server.listen(41765, '127.0.0.1', settle)
  })
  await new Promise((settle) => setTimeout(settle, 1500))
  await new Promise((settle) => server.close(settle))
})
