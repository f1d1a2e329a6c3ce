import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { unitLanes } from '../../lanes.ts'
import { openRecords } from '../records.ts'

const { port } = unitLanes.current()
const records = openRecords()
let server: ChildProcess

beforeAll(async () => {
  const entry = fileURLToPath(new URL('../../src/server.ts', import.meta.url))
  server = spawn(process.execPath, [entry], { stdio: ['ignore', 'ignore', 'inherit'] })
  for (;;) {
    if (server.exitCode !== null) throw new Error(`The server ended with ${server.exitCode}.`)
    const answer = await fetch(`${port.url}/healthz`).catch(() => undefined)
    if (answer?.ok) return
    await pause(25)
  }
}, 30_000)

afterAll(() => void server.kill('SIGKILL'))

test('the server takes its port and database from the environment', async () => {
  records.prepare(`insert into institutions (name, city) values ('Eastfield', 'Easton')`).run()
  expect(await (await fetch(`${port.url}/healthz`)).json()).toEqual({
    ready: true,
    institutions: 3,
  })
})

test('it keeps the mail of registrations in that database', async () => {
  const body = new URLSearchParams({
    name: 'Ada Byron',
    email: 'ada@example.org',
    password: 'correct horse',
    institution_id: '3',
  })
  expect((await fetch(`${port.url}/register`, { method: 'POST', body })).status).toBe(200)
  expect(records.prepare('select recipient from outbox').pluck().all()).toEqual(['ada@example.org'])
})

test.runIf(process.platform !== 'win32')('SIGTERM ends it in peace', async () => {
  server.kill('SIGTERM')
  const [code] = (await once(server, 'exit')) as [number | null]
  expect(code).toBe(0)
  await expect(fetch(`${port.url}/healthz`)).rejects.toThrow('fetch failed')
})
