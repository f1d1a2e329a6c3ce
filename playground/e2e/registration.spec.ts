import type { Page } from '@playwright/test'
import { expect, refused, test } from './test.ts'

const ada = { name: 'Ada Byron', email: 'ada@northfield.test', password: 'correct horse' }

test('complete registration and password workflow', async ({ page, database }) => {
  await page.goto('/sign-in')
  await page.getByRole('link', { name: 'Create an account' }).click()
  await page.getByLabel('Name').fill(ada.name)
  await page.getByLabel('E-mail').fill(ada.email)
  await page.getByLabel('Institution').selectOption('Northfield College')
  await page.getByLabel('Password').fill(ada.password)
  await page.getByRole('button', { name: 'Create account' }).click()
  await followMail(page, 'Confirm your e-mail address')
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(ada.name)

  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.getByRole('link', { name: 'Forgot your password?' }).click()
  await page.getByLabel('E-mail').fill(ada.email)
  await page.getByRole('button', { name: 'Send the link' }).click()
  await followMail(page, 'Choose a new password')
  await page.getByLabel('Password', { exact: true }).fill('battery staple')
  await page.getByLabel('Password again').fill('battery staple')
  await page.getByRole('button', { name: 'Save password' }).click()
  await expect(page).toHaveURL('/profile')

  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.getByLabel('E-mail').fill(ada.email)
  await page.getByLabel('Password').fill('battery staple')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await expect(page.getByText('Good to see you, Ada Byron.')).toBeVisible()

  const recipients = database.open().prepare('select recipient from outbox').pluck().all()
  expect(recipients).toEqual([ada.email, ada.email])
})

test.describe('what is refused', () => {
  test.use({ allowConsole: [refused] })

  test('an address that has an account', async ({ page, accounts }) => {
    await page.goto('/register')
    await page.getByLabel('Name').fill('Someone else')
    await page.getByLabel('E-mail').fill(accounts.instructor.email)
    await page.getByLabel('Password').fill('correct horse')
    await page.getByRole('button', { name: 'Create account' }).click()
    await expect(page.getByRole('alert')).toContainText('has an account already')
  })

  test('a link that is not good any more', async ({ page }) => {
    await page.goto('/verify?token=old')
    await expect(page.getByText('This link has been used or is too old.')).toBeVisible()
  })
})

async function followMail(page: Page, subject: string): Promise<void> {
  await page.getByRole('link', { name: 'open the mailbox' }).click()
  await page.getByRole('article').filter({ hasText: subject }).getByRole('link').click()
}
