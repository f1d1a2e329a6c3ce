import { unitLanes } from '../lanes.ts'
import type { NewUser, Role, User } from '../src/accounts/users.ts'
import { createUser, userById } from '../src/accounts/users.ts'
import type { Database } from '../src/database.ts'
import type { Mail, Mailer } from '../src/mail/mailer.ts'
import { Rejection } from '../src/rejection.ts'

/** A connection to the seeded records of this worker's lane. */
export function openRecords(): Database {
  return unitLanes.current().database.open()
}

/** Adds a verified user of `role` at the first institution. The address is the same in every file. */
export function addUser(database: Database, role: Role, more: Partial<NewUser> = {}): User {
  const id = createUser(database, {
    email: `${role}@example.org`,
    name: `The ${role}`,
    role,
    institutionId: 1,
    password: 'correct horse',
    verified: true,
    ...more,
  })
  const user = userById(database, id)
  if (user === undefined) throw new Error(`User ${id} was not saved.`)
  return user
}

/** Gives a program admin the program with this number. */
export function giveProgram(database: Database, user: User, programId: number): void {
  database
    .prepare('insert into program_admins (program_id, user_id) values (?, ?)')
    .run(programId, user.id)
}

/** Gives an instructor the section with this number and shows its course. */
export function giveSection(database: Database, user: User, sectionId: number): void {
  database.prepare('update sections set instructor_id = ? where id = ?').run(user.id, sectionId)
  database
    .prepare(
      'insert into course_instructors (course_id, user_id) select course_id, ? from sections where id = ?',
    )
    .run(user.id, sectionId)
}

/** What `work` is refused with. */
export function rejectionOf(work: () => unknown): Pick<Rejection, 'status' | 'message' | 'field'> {
  try {
    work()
  } catch (error) {
    if (error instanceof Rejection) {
      return { status: error.status, message: error.message, field: error.field }
    }
    throw error
  }
  throw new Error('Nothing was refused.')
}

/** A mailer that hands its mail to the test. */
export function collectingMailer(): Mailer & { readonly mails: readonly Mail[] } {
  const mails: Mail[] = []
  return {
    keepsMail: false,
    mails,
    send(mail) {
      mails.push(mail)
      return Promise.resolve()
    },
  }
}

/** The token of the link in a mail. */
export function tokenIn(mail: Mail | undefined): string {
  const token = /token=([\w-]+)/.exec(mail?.text ?? '')?.[1]
  if (token === undefined) throw new Error(`No link in the mail "${mail?.subject}".`)
  return token
}
