import { expect, test } from '../e2e/test.ts'
import { arrive, leave, untilGoing } from './relay.ts'

arrive('registration')
test.afterAll(() => leave('registration'))

test('complete registration and password workflow', async ({ page }) => {
  await page.goto('/register')
  await page.getByLabel('Name').fill('Ada Byron')
  await page.getByLabel('E-mail').fill('ada@northfield.test')
  await page.getByLabel('Password').fill('correct horse')
  await untilGoing('invitations', 30_000)
  await page.getByRole('button', { name: 'Create account' }).click()

  const confirm = page.getByRole('link', { name: /verify/ })
  await expect(async () => {
    await page.goto('/mail?to=ada@northfield.test')
    expect(await confirm.count(), 'mails to confirm the address').toBe(1)
  }).toPass({ timeout: 5_000 })
  await confirm.click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Ada Byron')

  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.goto('/sign-in?next=/profile')
  await page.getByLabel('E-mail').fill('ada@northfield.test')
  await page.getByLabel('Password').fill('correct horse')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await expect(page).toHaveURL('/profile')
})
