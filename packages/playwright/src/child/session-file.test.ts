import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { cookiesHold, readSessions, writeSessions } from './session-file.ts'
import type { StorageState } from './session-file.ts'

function stateWith(expires: number): StorageState {
  const cookie = { name: 's', value: 'v', domain: 'localhost', path: '/', expires }
  return {
    cookies: [{ ...cookie, httpOnly: true, secure: false, sameSite: 'Lax' }],
    origins: [],
  }
}

test('keeps all roles of a lane in one file that only its owner reads', () => {
  const dir = mkdtempSync(join(tmpdir(), 'isolane-sessions-'))
  onTestFinished(() => rmSync(dir, { recursive: true }))
  expect(readSessions(dir)).toBeUndefined()
  const sessions = new Map([
    ['admin', stateWith(-1)],
    ['instructor', stateWith(5)],
  ])
  writeSessions(dir, sessions)
  expect(readSessions(dir)).toEqual(sessions)
  expect(readdirSync(dir)).toEqual(['sessions.json'])
  expect(statSync(join(dir, 'sessions.json')).mode & 0o777).toBe(0o600)
})

test('a session holds while no cookie has expired', () => {
  const now = 1_000_000
  expect(cookiesHold(stateWith(-1), now)).toBe(true)
  expect(cookiesHold(stateWith(now / 1000 + 60), now)).toBe(true)
  expect(cookiesHold(stateWith(now / 1000 - 1), now)).toBe(false)
})
