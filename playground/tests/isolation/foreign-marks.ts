import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { unitLanes } from '../../lanes.ts'
import { claimsDir } from '../claims.ts'

const run = process.env['ISOLANE_RUN'] ?? 'no-run'
const meetingDir = join(claimsDir, `meeting-${run}`)

/**
 * Tests that leave this lane's mark everywhere a lane can be written to and see no mark of another. The two
 * files that call it wait a moment for each other, so that both have left their marks when they look.
 */
export function describeForeignMarks(self: string, other: string): void {
  const { id, database, port, tempDir } = unitLanes.current()
  const records = database.open()
  const server = createServer((_, response) => response.end(id))

  beforeAll(async () => {
    mkdirSync(meetingDir, { recursive: true })
    writeFileSync(join(meetingDir, `${self}-here`), '')
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(port.number, '127.0.0.1', resolve)
    })
    records
      .prepare(`insert into outbox (recipient, subject, body) values (?, 'mark', 'mark')`)
      .run(id)
    writeFileSync(join(tempDir.path, `mark-${id}`), id)
    writeFileSync(join(meetingDir, `${self}-marked`), '')
    if (await appears(`${other}-here`, 400)) await appears(`${other}-marked`, 5000)
  })

  afterAll(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
    if (!existsSync(meetingDir)) return
    writeFileSync(join(meetingDir, `${self}-gone`), '')
    if (
      existsSync(join(meetingDir, `${other}-gone`)) ||
      !existsSync(join(meetingDir, `${other}-here`))
    )
      rmSync(meetingDir, { recursive: true, force: true })
  })

  describe('sees its own marks only', () => {
    test('in the database', () => {
      const marks = records.prepare('select recipient from outbox').pluck().all()
      expect(marks).toEqual([id])
    })

    test('in the temp directory', () => {
      const marks = readdirSync(tempDir.path).filter((name) => name.startsWith('mark-'))
      expect(marks).toEqual([`mark-${id}`])
    })

    test('on the port', async () => {
      const answer = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
      expect(await answer.text()).toBe(id)
    })

    test('in the environment', () => {
      expect(process.env['PORT']).toBe(String(port.number))
      expect(process.env['DATABASE_URL']).toBe(database.url)
      expect(process.env['TMPDIR']).toBe(tempDir.path)
    })
  })
}

async function appears(name: string, withinMs: number): Promise<boolean> {
  const deadline = performance.now() + withinMs
  while (!existsSync(join(meetingDir, name))) {
    if (performance.now() > deadline) return false
    await pause(10)
  }
  return true
}
