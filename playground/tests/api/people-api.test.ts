import { afterAll, beforeAll, expect, test } from 'vitest'
import { keptMail } from '../../src/mail/outbox-mailer.ts'
import { addUser, tokenIn } from '../records.ts'
import type { Site, Visitor } from './site.ts'
import { startSite } from './site.ts'

let site: Site
let chief: Visitor
const ada = {
  name: 'Ada Byron',
  email: 'ada@example.org',
  role: 'program_admin',
  institution_id: 1,
}

beforeAll(async () => {
  site = await startSite()
  chief = await site.visitor(addUser(site.database, 'institution_admin').email)
})
afterAll(() => site.close())

test('an institution admin invites', async () => {
  const answer = await chief.send('POST', '/api/invitations', ada)
  expect([answer.status, await answer.json()]).toEqual([201, { id: 2 }])
  expect(keptMail(site.database, ada.email)).toHaveLength(1)
})

test('nobody is invited twice', async () => {
  expect((await chief.send('POST', '/api/invitations', ada)).status).toBe(409)
})

test.each([
  [{ role: 'site_admin' }, 403],
  [{ institution_id: 2 }, 403],
  [{ email: 'no address' }, 422],
  [{ role: 'student' }, 422],
])('an invitation with %j is refused with %i', async (change, status) => {
  const answer = await chief.send('POST', '/api/invitations', {
    ...ada,
    email: 'grace@example.org',
    ...change,
  })
  expect(answer.status).toBe(status)
})

test('the guest chooses a password and is signed in', async () => {
  const guest = await site.visitor()
  const token = tokenIn(keptMail(site.database, ada.email)[0])
  await guest.submit('/invite', { token, password: 'battery staple', again: 'battery staple' })
  expect(await (await guest.get('/api/profile')).json()).toMatchObject({
    id: 2,
    role: 'program_admin',
  })
})

test('the guest is given a program', async () => {
  const answer = await chief.send('POST', '/api/programs/2/admins', { user_id: 2 })
  expect(answer.status).toBe(201)
  expect(await (await chief.get('/api/programs/2/admins')).json()).toMatchObject([{ id: 2 }])
  const again = await chief.send('POST', '/api/programs/2/admins', { user_id: 2 })
  expect(again.status).toBe(422)
})

test('roles are changed by site admins only', async () => {
  expect((await chief.send('PATCH', '/api/users/2', { role: 'instructor' })).status).toBe(403)
  const root = addUser(site.database, 'site_admin', { institutionId: null })
  const visitor = await site.visitor(root.email)
  const answer = await visitor.send('PATCH', '/api/users/2', { role: 'instructor' })
  expect(await answer.json()).toMatchObject({ id: 2, role: 'instructor' })
})

test('a profile is changed by its owner', async () => {
  const answer = await chief.send('PATCH', '/api/profile', { title: 'Registrar' })
  expect(answer.status).toBe(200)
  expect(await (await chief.get('/api/profile')).json()).toMatchObject({ title: 'Registrar' })
})
