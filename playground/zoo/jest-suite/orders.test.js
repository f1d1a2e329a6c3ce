const { createServer } = require('node:http')
const { setTimeout: pause } = require('node:timers/promises')

test('serves orders', async () => {
  await pause(900)
  const server = createServer()
  await new Promise((settle, fail) => {
    server.once('error', fail)
    server.listen(41766, '127.0.0.1', settle)
  })
  await pause(100)
  await new Promise((settle) => server.close(settle))
}, 20_000)
