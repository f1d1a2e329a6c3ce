import type { Database } from '../database.ts'
import { Rejection } from '../rejection.ts'
import { hashPassword, passwordMatches } from './passwords.ts'

/** What a user may do follows from the role. */
export const roles = ['site_admin', 'institution_admin', 'program_admin', 'instructor'] as const

export type Role = (typeof roles)[number]

/** Roles as people read them. */
export const roleNames: Readonly<Record<Role, string>> = {
  site_admin: 'Site admin',
  institution_admin: 'Institution admin',
  program_admin: 'Program admin',
  instructor: 'Instructor',
}

export interface User {
  readonly id: number
  readonly email: string
  readonly name: string
  readonly title: string
  readonly role: Role
  readonly institutionId: number | null
  readonly verified: boolean
}

export interface NewUser {
  readonly email: string
  readonly name: string
  readonly role: Role
  readonly institutionId: number | null
  readonly title?: string
  /** Absent for invited users, who choose one later. */
  readonly password?: string
  readonly verified?: boolean
}

interface UserRow extends Omit<User, 'verified'> {
  readonly verified: 0 | 1
}

const columns = `id, email, name, title, role, institution_id as institutionId,
  verified_at is not null as verified`

const shortestPassword = 8

/**
 * Adds a user and gives the id.
 *
 * @throws Rejection 409 when the address is taken, 422 when something is missing or too short.
 */
export function createUser(database: Database, user: NewUser): number {
  const email = user.email.trim().toLowerCase()
  if (!/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email)) {
    throw new Rejection(422, 'Enter an e-mail address such as name@example.org.', 'email')
  }
  if (user.name.trim() === '') throw new Rejection(422, 'Enter a name.', 'name')
  if (userByEmail(database, email)) {
    throw new Rejection(409, `${email} has an account already.`, 'email')
  }
  const { lastInsertRowid } = database
    .prepare(
      `insert into users (email, name, title, role, institution_id, password_hash, verified_at)
       values (?, ?, ?, ?, ?, ?, ?)`,
    )
    .run(
      email,
      user.name.trim(),
      user.title ?? '',
      user.role,
      user.institutionId,
      user.password === undefined ? null : hashPassword(checkedPassword(user.password)),
      user.verified ? new Date().toISOString() : null,
    )
  return Number(lastInsertRowid)
}

export function userById(database: Database, id: number): User | undefined {
  const row = database
    .prepare<[number], UserRow>(`select ${columns} from users where id = ?`)
    .get(id)
  return row && { ...row, verified: row.verified === 1 }
}

export function userByEmail(database: Database, email: string): User | undefined {
  const row = database
    .prepare<[string], UserRow>(`select ${columns} from users where email = ?`)
    .get(email.trim())
  return row && { ...row, verified: row.verified === 1 }
}

/** The user with this address and password, or undefined. Unverified users are found too. */
export function userByPassword(
  database: Database,
  email: string,
  password: string,
): User | undefined {
  const user = userByEmail(database, email)
  if (user === undefined) return undefined
  const stored = database
    .prepare<[number], string | null>('select password_hash from users where id = ?')
    .pluck()
    .get(user.id)
  return stored && passwordMatches(password, stored) ? user : undefined
}

export function setPassword(database: Database, userId: number, password: string): void {
  database
    .prepare('update users set password_hash = ? where id = ?')
    .run(hashPassword(checkedPassword(password)), userId)
}

export function markVerified(database: Database, userId: number): void {
  database
    .prepare('update users set verified_at = coalesce(verified_at, ?) where id = ?')
    .run(new Date().toISOString(), userId)
}

/** Changes what users may change of themselves. */
export function updateProfile(
  database: Database,
  userId: number,
  profile: { readonly name: string; readonly title: string },
): void {
  if (profile.name.trim() === '') throw new Rejection(422, 'Enter a name.', 'name')
  database
    .prepare('update users set name = ?, title = ? where id = ?')
    .run(profile.name.trim(), profile.title.trim(), userId)
}

function checkedPassword(password: string): string {
  if (password.length >= shortestPassword) return password
  throw new Rejection(422, `Use ${shortestPassword} characters or more.`, 'password')
}
