import { afterAll, beforeAll, expect, test } from 'vitest'
import { keptMail } from '../../src/mail/outbox-mailer.ts'
import { tokenIn } from '../records.ts'
import type { Site } from './site.ts'
import { startSite } from './site.ts'

let site: Site
const ada = {
  name: 'Ada Byron',
  email: 'ada@example.org',
  password: 'correct horse',
  institution_id: '1',
}

beforeAll(async () => {
  site = await startSite()
})
afterAll(() => site.close())

test('registering leads to the mailbox', async () => {
  const answer = await (await site.visitor()).submit('/register', ada)
  expect(answer.status).toBe(200)
  expect(await answer.text()).toContain('/mail?to=ada%40example.org')
})

test('the mail links to this server', () => {
  expect(keptMail(site.database, ada.email)[0]?.text).toContain(`${site.url}/verify?token=`)
})

test('the mailbox shows the link', async () => {
  const answer = await (await site.visitor()).get(`/mail?to=${ada.email}`)
  expect(await answer.text()).toContain(`<a href="${site.url}/verify?token=`)
})

test('the same address is refused', async () => {
  const answer = await (await site.visitor()).submit('/register', ada)
  expect(answer.status).toBe(422)
  expect(await answer.text()).toContain('ada@example.org has an account already.')
})

test('the link signs in', async () => {
  const visitor = await site.visitor()
  const token = tokenIn(keptMail(site.database, ada.email)[0])
  expect((await visitor.get(`/verify?token=${token}`)).headers.get('location')).toBe('/profile')
  expect(await (await visitor.get('/api/profile')).json()).toMatchObject({ id: 1, verified: true })
})

test('a link that was used is explained', async () => {
  const answer = await (await site.visitor()).get('/verify?token=used')
  expect(answer.status).toBe(400)
  expect(await answer.text()).toContain('This link has been used or is too old.')
})

test('a forgotten password is chosen anew', async () => {
  const visitor = await site.visitor()
  await visitor.submit('/forgot', { email: ada.email })
  const token = tokenIn(keptMail(site.database, ada.email)[0])
  const differ = { token, password: 'battery staple', again: 'battery stable' }
  expect((await visitor.submit('/reset', differ)).status).toBe(422)
  const same = { token, password: 'battery staple', again: 'battery staple' }
  expect((await visitor.submit('/reset', same)).headers.get('location')).toBe('/profile')
  const signIn = await visitor.submit('/sign-in', { email: ada.email, password: 'battery staple' })
  expect(signIn.status).toBe(302)
})
