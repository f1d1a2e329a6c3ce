const { createServer } = require('node:http')

test('serves b', async () => {
  await new Promise((settle) => setTimeout(settle, 600))
  const server = createServer((_, response) => response.end('b'))
  await new Promise((settle, fail) => {
    server.once('error', fail)
    server.listen(41744, '127.0.0.1', settle)
  })
  await new Promise((settle) => setTimeout(settle, 200))
  await new Promise((settle) => server.close(settle))
}, 20_000)
