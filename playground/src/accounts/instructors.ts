import type { Database } from '../database.ts'
import type { User } from './users.ts'

/** Instructors whom `user` may give a section: all for site admins, else those of the institution. */
export function instructorsFor(
  database: Database,
  user: User,
): { readonly id: number; readonly label: string }[] {
  return database
    .prepare<unknown[], { id: number; label: string }>(
      `select id, name || ' (' || email || ')' as label from users
       where role = 'instructor' and (? = 'site_admin' or institution_id = ?) order by name, email`,
    )
    .all(user.role, user.institutionId)
}
