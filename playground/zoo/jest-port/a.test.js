const { createServer } = require('node:http')

test('serves a', async () => {
  const server = createServer((_, response) => response.end('a'))
  await new Promise((settle, fail) => {
    server.once('error', fail)
    server.listen(41744, '127.0.0.1', settle)
  })
  await new Promise((settle) => setTimeout(settle, 1500))
  await new Promise((settle) => server.close(settle))
}, 20_000)
