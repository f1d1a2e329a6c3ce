import { expect, refused, test } from './test.ts'

test('signing in leads to the dashboard', async ({ page, accounts }) => {
  await page.goto('/')
  await expect(page).toHaveTitle('Sign in · Course Records')
  await page.getByLabel('E-mail').fill(accounts.instructor.email)
  await page.getByLabel('Password').fill(accounts.instructor.password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Instructor dashboard')
})

test('signing in leads back to the page that was asked for', async ({ page, accounts }) => {
  await page.goto('/profile')
  await page.getByLabel('E-mail').fill(accounts.program_admin.email)
  await page.getByLabel('Password').fill(accounts.program_admin.password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await expect(page).toHaveURL('/profile')
})

test.describe('a wrong password', () => {
  test.use({ allowConsole: [refused] })

  test('is explained and the address kept', async ({ page, accounts }) => {
    await page.goto('/sign-in')
    await page.getByLabel('E-mail').fill(accounts.instructor.email)
    await page.getByLabel('Password').fill('wrong horse')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await expect(page.getByRole('alert')).toHaveText('E-mail and password do not belong together.')
    await expect(page.getByLabel('E-mail')).toHaveValue(accounts.instructor.email)
  })
})

test('signing out closes the site', async ({ page, accounts }) => {
  const { email, password } = accounts.site_admin
  await page.request.post('/sign-in', { form: { email, password } })
  await page.goto('/profile')
  await page.getByRole('button', { name: 'Sign out' }).click()
  await expect(page).toHaveURL('/sign-in')
  await page.goto('/courses')
  await expect(page).toHaveURL('/sign-in?next=%2Fcourses')
})
