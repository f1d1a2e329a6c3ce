import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from '../e2e/test.ts'
import { arrive, begin, isHere, leave, onTheWay, withdraw } from './relay.ts'

arrive('invitations')
test.afterAll(() => leave('invitations'))

/** Invitations on their way at any time while somebody registers: several seconds of the relay's time. */
const crowd = 16

test('institution admin invites a whole department', async ({ as }) => {
  const page = await as('institution_admin')
  const invited = new Set<string>()
  const invite = async (): Promise<void> => {
    const email = `colleague${invited.size + 1}@northfield.test`
    invited.add(email)
    const data = { email, name: 'New Colleague', role: 'instructor', institution_id: 1 }
    const answer = await page.request.post('/api/invitations', { data })
    expect(answer.status()).toBe(201)
  }
  for (let count = 0; count < 3; count += 1) await invite()

  const deadline = performance.now() + 30_000
  while (isHere('registration') && performance.now() < deadline) {
    while (onTheWay().length < crowd) await invite()
    begin('invitations')
    await pause(25)
  }
  withdraw(invited)
  await page.goto('/users')
  await expect(page.getByRole('row', { name: /New Colleague/ })).toHaveCount(invited.size)
})
