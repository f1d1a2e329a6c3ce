import { Hono } from 'hono'
import { html } from 'hono/html'
import { dialog, opener, textInput } from '../pages/dialog.ts'
import { page } from '../pages/layout.ts'
import { facts, heading } from '../pages/parts.ts'
import type { Field } from '../records/entity.ts'
import { readInput } from '../records/read-input.ts'
import type { Web } from '../web.ts'
import { bodyOf, signedIn } from '../web.ts'
import { roleNames, updateProfile } from './users.ts'

const fields: readonly Field[] = [
  { name: 'name', label: 'Name', kind: 'text', max: 80 },
  { name: 'title', label: 'Title', kind: 'text', max: 80, optional: true },
]

/** One's own profile. */
export const profilePages = new Hono<Web>().get('/profile', (c) => {
  const user = signedIn(c)
  const institution = c.var.services.database
    .prepare<[number | null], string>('select name from institutions where id = ?')
    .pluck()
    .get(user.institutionId)
  return c.html(
    page({
      title: 'Your profile',
      user,
      at: '/profile',
      content: html`${heading(
        user.name,
        user.title,
        html`${opener('edit-profile', 'Edit profile')}${dialog({
          id: 'edit-profile',
          title: 'Edit profile',
          method: 'PATCH',
          to: '/api/profile',
          body: [textInput('name', 'Name', user.name), textInput('title', 'Title', user.title)],
        })}`,
      )}
      ${facts([
        ['E-mail', user.email],
        ['Role', roleNames[user.role]],
        ['Institution', institution ?? ''],
      ])}`,
    }),
  )
})

/** `GET` and `PATCH /api/profile`. */
export const profileApi = new Hono<Web>()
  .get('/', (c) => c.json(signedIn(c)))
  .patch('/', async (c) => {
    const user = signedIn(c)
    const { database, switches } = c.var.services
    const values = readInput(fields, await bodyOf(c), false)
    const profile = {
      name: String(values['name'] ?? user.name),
      title: String(values['title'] ?? user.title),
    }
    updateProfile(database, user.id, profile)
    return c.json({ ...user, ...profile }, switches.dialogStaysOpen ? 202 : 200)
  })
