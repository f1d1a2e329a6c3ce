import type { AddressInfo, Server, Socket } from 'node:net'
import { createServer } from 'node:net'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { unitLanes } from '../../lanes.ts'
import { smtpMailer } from '../../src/mail/smtp-mailer.ts'

const received: string[] = []
const { port } = unitLanes.current()
let server: Server

beforeAll(async () => {
  server = createServer(converse)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port.number, port.host, resolve)
  })
})
afterAll(() => new Promise((resolve) => server.close(resolve)))

test('mail reaches the SMTP server that the URL names', async () => {
  const { port: number } = server.address() as AddressInfo
  await smtpMailer(`smtp://127.0.0.1:${number}`).send({
    to: 'ada@example.org',
    subject: 'Hello',
    text: 'One line.',
  })
  expect(received).toEqual(expect.arrayContaining(['RCPT TO:<ada@example.org>', 'Subject: Hello']))
  expect(received).toContain('One line.')
})

test('a server that is not there is an error', async () => {
  const nowhere = smtpMailer('smtp://127.0.0.1:1')
  await expect(nowhere.send({ to: 'ada@example.org', subject: '', text: '' })).rejects.toThrow(
    'ECONNREFUSED',
  )
})

/** The least that SMTP asks of a server. */
function converse(socket: Socket): void {
  const say = (line: string) => socket.write(`${line}\r\n`)
  let message = false
  say('220 ready')
  createInterface(socket).on('line', (line) => {
    received.push(line)
    if (message) {
      if (line !== '.') return
      message = false
      say('250 kept')
    } else if (line.startsWith('DATA')) {
      message = true
      say('354 go on')
    } else if (line.startsWith('QUIT')) {
      socket.end('221 bye\r\n')
    } else {
      say('250 well')
    }
  })
}
