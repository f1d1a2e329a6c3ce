import { createServer } from 'node:net'
import { test } from '@playwright/test'

async function listen() {
  const server = createServer()
  await new Promise((settle, fail) => {
    server.once('error', fail)
    server.listen(41778, '127.0.0.1', settle)
  })
  return server
}

test('holds the port', async () => {
  const server = await listen()
  await new Promise((settle) => setTimeout(settle, 2000))
  await new Promise((settle) => server.close(settle))
})

test('wants the port', async () => {
  await new Promise((settle) => setTimeout(settle, 800))
  const server = await listen()
  await new Promise((settle) => server.close(settle))
})
