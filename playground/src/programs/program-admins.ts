import { Hono } from 'hono'
import type { User } from '../accounts/users.ts'
import type { Database } from '../database.ts'
import type { Row } from '../records/entity.ts'
import { findRecord } from '../records/records.ts'
import { Rejection } from '../rejection.ts'
import type { Web } from '../web.ts'
import { bodyOf, idOf, signedIn } from '../web.ts'
import { program } from './program.ts'

/** The people who look after a program. */
export function adminsOf(database: Database, programId: number): Row[] {
  return database
    .prepare<[number], Row>(
      `select users.id, users.name, users.email from users
       join program_admins on user_id = users.id where program_id = ? order by users.name`,
    )
    .all(programId)
}

/** Program admins of the same institution who do not look after this program yet. */
export function candidatesFor(
  database: Database,
  programId: number,
): { readonly id: number; readonly name: string }[] {
  return database
    .prepare<[number], { id: number; name: string }>(
      `select users.id, users.name || ' (' || users.email || ')' as name from users
       join programs on programs.institution_id = users.institution_id
       where programs.id = ? and users.role = 'program_admin'
         and users.id not in (select user_id from program_admins where program_id = programs.id)
       order by users.name`,
    )
    .all(programId)
}

/** True for roles that appoint program admins. */
export function mayAppoint(user: User): boolean {
  return user.role === 'site_admin' || user.role === 'institution_admin'
}

/**
 * Gives a program to a program admin.
 *
 * @throws Rejection 403, 404, or 422 when the person cannot look after this program.
 */
export function appoint(database: Database, user: User, programId: number, userId: number): void {
  findRecord(database, program, user, programId)
  if (!mayAppoint(user)) throw new Rejection(403, 'Your role may not appoint program admins.')
  if (!candidatesFor(database, programId).some(({ id }) => id === userId)) {
    throw new Rejection(422, 'Choose a program admin of this institution.', 'user_id')
  }
  database
    .prepare('insert into program_admins (program_id, user_id) values (?, ?)')
    .run(programId, userId)
}

/** `GET` and `POST /api/programs/:id/admins`. */
export const programAdminsApi = new Hono<Web>()
  .get('/:id/admins', (c) => {
    const { database } = c.var.services
    return c.json(adminsOf(database, findRecord(database, program, signedIn(c), idOf(c)).id))
  })
  .post('/:id/admins', async (c) => {
    const body = (await bodyOf(c)) as { readonly user_id?: unknown } | null
    appoint(c.var.services.database, signedIn(c), idOf(c), Number(body?.user_id))
    return c.json({ appointed: true }, 201)
  })
