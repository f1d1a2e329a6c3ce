import { createServer } from 'node:http'

/** A counter in a service that outlives all tests. */
export default async function service(project) {
  let count = 0
  const server = createServer((request, response) => {
    if (request.method === 'POST') count += 1
    response.end(String(count))
  })
  await new Promise((settle) => server.listen(0, '127.0.0.1', settle))
  project.provide('counter', `http://127.0.0.1:${server.address().port}/`)
  return () => new Promise((settle) => server.close(settle))
}
