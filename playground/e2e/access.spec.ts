import { expect, refused, test } from './test.ts'

test.use({ allowConsole: [refused] })

test('program admin cannot access other programs', async ({ as }) => {
  const page = await as('program_admin')
  await page.goto('/programs')
  await expect(page.locator('tbody tr')).toHaveText([/Mathematics/])
  await page.goto('/programs/2')
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Access denied')
})

test('institution admin cannot access other institutions', async ({ as }) => {
  const page = await as('institution_admin')
  await page.goto('/institutions/2')
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Access denied')
})

test('instructor cannot access sections of others', async ({ as }) => {
  const page = await as('instructor')
  await page.goto('/sections/3')
  await expect(page.getByText('You have no access to this section.')).toBeVisible()
})

test('site admin is told when there is no such page', async ({ as }) => {
  const page = await as('site_admin')
  await page.goto('/programs/99')
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Not found')
  await page.getByRole('link', { name: 'Back to the start' }).click()
  await expect(page).toHaveURL('/dashboard')
})

test('the menu offers what the role may see', async ({ as }) => {
  const [teacher, chief] = [await as('instructor'), await as('institution_admin')]
  await teacher.goto('/profile')
  await chief.goto('/profile')
  const menu = { name: 'Main' }
  await expect(teacher.getByRole('navigation', menu).getByRole('link')).toHaveCount(6)
  await expect(chief.getByRole('navigation', menu).getByRole('link')).toHaveCount(9)
})
