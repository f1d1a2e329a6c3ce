import { expect, refused, test } from '../e2e/test.ts'

test('instructor updates own profile', async ({ as }) => {
  const page = await as('instructor')
  await page.goto('/profile')
  await page.getByRole('button', { name: 'Edit profile' }).click()
  const dialog = page.getByRole('dialog', { name: 'Edit profile' })
  await dialog.getByLabel('Title').fill('Reader in Mathematics')
  await dialog.getByRole('button', { name: 'Save' }).click()
  await expect(dialog).toBeHidden({ timeout: 3000 })
})

test('instructor updates section assessment', async ({ as }) => {
  const page = await as('instructor')
  await page.goto('/courses')
  await expect(page.locator('tbody tr')).toHaveText([/MATH 101/], { timeout: 1000 })
  await page.goto('/sections/2')
  await page.getByRole('button', { name: 'Edit Project' }).click()
  const dialog = page.getByRole('dialog', { name: 'Edit assessment' })
  await dialog.getByLabel('Status').selectOption('complete')
  await dialog.getByLabel('Students assessed').fill('40')
  await dialog.getByLabel('Students passed').fill('30')
  await dialog.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByRole('row', { name: /Project complete 40 75 %/ })).toBeVisible()
})

test.describe(() => {
  test.use({ allowConsole: [refused] })

  test('program admin cannot access other programs', async ({ as }) => {
    const page = await as('program_admin')
    await page.goto('/programs')
    await expect(page.locator('tbody tr')).toHaveText([/Mathematics/], { timeout: 1000 })
    await page.goto('/programs/2')
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('Access denied')
  })
})
