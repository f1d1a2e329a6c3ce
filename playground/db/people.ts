import type { Role } from '../src/accounts/users.ts'
import { createUser } from '../src/accounts/users.ts'
import type { Database } from '../src/database.ts'
import { readSwitches } from '../src/switches.ts'
import { home } from './seed.ts'

/** Who a new account is for. */
export interface Identity {
  readonly email: string
  readonly password: string
}

const names: Readonly<Record<Role, readonly [name: string, title: string]>> = {
  site_admin: ['Sasha Okafor', 'Registrar of registrars'],
  institution_admin: ['Imani Lindqvist', 'Registrar'],
  program_admin: ['Pablo Marchetti', 'Head of Mathematics'],
  instructor: ['Ines Duval', 'Lecturer in Mathematics'],
}

/** Adds a verified user of `role` at the seeded institution, with the records that the role works on. */
export function addPerson(database: Database, role: Role, identity: Identity): number {
  const switches = readSwitches()
  return database.transaction(() => {
    const [name, title] = names[role]
    const id = createUser(database, {
      ...identity,
      name,
      title,
      role,
      institutionId: role === 'site_admin' ? null : homeId(database),
      verified: true,
    })
    if (role === 'program_admin' && !switches.gapProgram) giveProgram(database, id)
    if (role === 'instructor') giveSections(database, id, !switches.gapCourse)
    return id
  })()
}

/**
 * Checks that the user with this address has what tests of the role rely on.
 *
 * @throws Error naming what is missing.
 */
export function verifyPerson(database: Database, role: Role, email: string): void {
  if (readSwitches().skipVerify) return
  const count = (sql: string): number =>
    Number(database.prepare(`select count(*) from (${sql})`).pluck().get(email))
  const missing = needs[role]
    .filter(({ sql, atLeast }) => count(sql) < atLeast)
    .map(({ what, atLeast }) => `${what} (at least ${atLeast})`)
  if (missing.length > 0) throw new Error(`${email} lacks ${missing.join(' and ')}.`)
}

const self = 'select users.* from users where users.email = ? and users.verified_at is not null'

const needs: Readonly<
  Record<Role, readonly { readonly what: string; readonly sql: string; readonly atLeast: number }[]>
> = {
  site_admin: [{ what: 'a verified account', sql: self, atLeast: 1 }],
  institution_admin: [
    {
      what: 'an institution with programs',
      sql: `select 1 from (${self}) mine join programs on programs.institution_id = mine.institution_id`,
      atLeast: 1,
    },
  ],
  program_admin: [
    {
      what: 'a program',
      sql: `select 1 from (${self}) mine join program_admins on user_id = mine.id`,
      atLeast: 1,
    },
  ],
  instructor: [
    {
      what: 'a section',
      sql: `select 1 from (${self}) mine join sections on instructor_id = mine.id`,
      atLeast: 2,
    },
    {
      what: 'a visible course',
      sql: `select 1 from (${self}) mine join course_instructors on user_id = mine.id`,
      atLeast: 1,
    },
  ],
}

function homeId(database: Database): number {
  return Number(database.prepare('select id from institutions where name = ?').pluck().get(home))
}

function giveProgram(database: Database, userId: number): void {
  database
    .prepare(
      `insert into program_admins (program_id, user_id) select id, ? from programs where code = 'MATH'`,
    )
    .run(userId)
}

function giveSections(database: Database, userId: number, coursesToo: boolean): void {
  database
    .prepare(
      `update sections set instructor_id = ?
       where course_id = (select id from courses where code = 'MATH 101') and number = '01'`,
    )
    .run(userId)
  if (!coursesToo) return
  database
    .prepare(
      `insert into course_instructors (course_id, user_id)
       select distinct course_id, instructor_id from sections where instructor_id = ?`,
    )
    .run(userId)
}
