import { createServer } from 'node:http'

/** A service outside of the tests, which hangs up now and then. */
export default async function service() {
  const server = createServer((request, response) => {
    const [, nanoseconds] = process.hrtime()
    if (Math.floor(nanoseconds / 1000) % 2 === 0) request.socket.destroy()
    else response.end('1.07')
  })
  await new Promise((settle) => server.listen(41764, '127.0.0.1', settle))
  return () => new Promise((settle) => server.close(settle))
}
