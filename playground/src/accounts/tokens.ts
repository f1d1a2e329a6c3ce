import { createHash, randomBytes } from 'node:crypto'
import type { Database } from '../database.ts'

/** What a mailed link is good for. */
export type Purpose = 'verify' | 'reset' | 'invite'

const lifetimeMs: Readonly<Record<Purpose, number>> = {
  verify: 24 * 60 * 60 * 1000,
  reset: 60 * 60 * 1000,
  invite: 7 * 24 * 60 * 60 * 1000,
}

/** Issues a token for one link. Older ones of the same user and purpose stop working. */
export function issueToken(
  database: Database,
  userId: number,
  purpose: Purpose,
  now = Date.now(),
): string {
  const token = randomBytes(24).toString('base64url')
  database.prepare('delete from tokens where user_id = ? and purpose = ?').run(userId, purpose)
  database
    .prepare('insert into tokens (digest, user_id, purpose, expires_at) values (?, ?, ?, ?)')
    .run(digest(token), userId, purpose, now + lifetimeMs[purpose])
  return token
}

/** The id of the user that a link is for, as long as it is good. */
export function tokenUser(
  database: Database,
  token: string,
  purpose: Purpose,
  now = Date.now(),
): number | undefined {
  return database
    .prepare<[string, string, number], number>(
      'select user_id from tokens where digest = ? and purpose = ? and expires_at > ?',
    )
    .pluck()
    .get(digest(token), purpose, now)
}

/** Like `tokenUser`, and uses the token up. */
export function useToken(
  database: Database,
  token: string,
  purpose: Purpose,
  now = Date.now(),
): number | undefined {
  const userId = tokenUser(database, token, purpose, now)
  database.prepare('delete from tokens where digest = ?').run(digest(token))
  return userId
}

function digest(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}
