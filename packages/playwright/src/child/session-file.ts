import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { BrowserContext } from '@playwright/test'

/** Cookies and local storage of one signed-in role. */
export type StorageState = Awaited<ReturnType<BrowserContext['storageState']>>

const fileOf = (laneDir: string): string => join(laneDir, 'sessions.json')

/** The signed-in roles that are part of a lane's base; undefined when nobody has signed in there yet. */
export function readSessions(laneDir: string): Map<string, StorageState> | undefined {
  let text: string
  try {
    text = readFileSync(fileOf(laneDir), 'utf8')
  } catch {
    return undefined
  }
  return new Map(Object.entries(JSON.parse(text) as Record<string, StorageState>))
}

/** Writes all roles at once, last of all: a worker that dies before leaves no half-signed-in lane. */
export function writeSessions(laneDir: string, sessions: ReadonlyMap<string, StorageState>): void {
  const next = `${fileOf(laneDir)}.${process.pid}`
  writeFileSync(next, JSON.stringify(Object.fromEntries(sessions)), { mode: 0o600 })
  renameSync(next, fileOf(laneDir))
}

/** False when a cookie has expired, or does within the next seconds. */
export function cookiesHold({ cookies }: StorageState, now = Date.now()): boolean {
  return cookies.every(({ expires }) => expires === -1 || expires * 1000 > now + 5_000)
}
