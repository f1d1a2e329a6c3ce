import { randomBytes } from 'node:crypto'
import type { Database } from '../database.ts'
import type { User } from './users.ts'
import { userById } from './users.ts'

/** How long a session lasts. */
export const sessionMs = 7 * 24 * 60 * 60 * 1000

/** Starts a session and gives the secret for its cookie. */
export function startSession(database: Database, userId: number, now = Date.now()): string {
  const id = randomBytes(24).toString('base64url')
  database.prepare('delete from sessions where expires_at <= ?').run(now)
  database
    .prepare('insert into sessions (id, user_id, expires_at) values (?, ?, ?)')
    .run(id, userId, now + sessionMs)
  return id
}

/** The user whose session this is, or undefined when it has ended. */
export function sessionUser(database: Database, id: string, now = Date.now()): User | undefined {
  const userId = database
    .prepare<[string, number], number>(
      'select user_id from sessions where id = ? and expires_at > ?',
    )
    .pluck()
    .get(id, now)
  return userId === undefined ? undefined : userById(database, userId)
}

export function endSession(database: Database, id: string): void {
  database.prepare('delete from sessions where id = ?').run(id)
}

/** Signs a user out everywhere. */
export function endSessionsOf(database: Database, userId: number): void {
  database.prepare('delete from sessions where user_id = ?').run(userId)
}
