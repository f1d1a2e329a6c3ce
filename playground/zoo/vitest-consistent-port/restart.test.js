import { createServer } from 'node:http'
import { test } from 'vitest'

const listen = () =>
  new Promise((settle, fail) => {
    const server = createServer().once('error', fail)
    server.listen(41763, '127.0.0.1', () => settle(server))
  })

// The first one is still there: a defect of the test that no neighbour has a part in.
test('listens again', async () => {
  const first = await listen()
  try {
    await listen()
  } finally {
    await new Promise((settle) => first.close(settle))
  }
})
