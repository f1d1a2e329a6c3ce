import { expect, refused, test } from './test.ts'

test('instructor updates own profile', async ({ as }) => {
  const page = await as('instructor')
  await page.goto('/profile')
  await page.getByRole('button', { name: 'Edit profile' }).click()
  const dialog = page.getByRole('dialog', { name: 'Edit profile' })
  await dialog.getByLabel('Title').fill('Reader in Mathematics')
  await dialog.getByRole('button', { name: 'Save' }).click()
  await expect(dialog).toBeHidden()
  await expect(page.getByText('Reader in Mathematics')).toBeVisible()
})

test('instructor updates section assessment', async ({ as }) => {
  const page = await as('instructor')
  await page.goto('/sections')
  await page.getByRole('link', { name: 'MATH 101-01' }).first().click()
  await page.getByRole('button', { name: 'Edit Project' }).click()
  const dialog = page.getByRole('dialog', { name: 'Edit assessment' })
  await dialog.getByLabel('Status').selectOption('complete')
  await dialog.getByLabel('Students assessed').fill('40')
  await dialog.getByLabel('Students passed').fill('30')
  await dialog.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByRole('row', { name: /Project complete 40 75 %/ })).toBeVisible()
})

test('instructor adds an assessment', async ({ as }) => {
  const page = await as('instructor')
  await page.goto('/sections/2')
  await page.getByRole('button', { name: 'New assessment' }).click()
  const dialog = page.getByRole('dialog', { name: 'New assessment' })
  await dialog.getByLabel('Title').fill('Quiz')
  await dialog.getByRole('button', { name: 'Create' }).click()
  await expect(page.getByRole('row', { name: /Quiz planned/ })).toBeVisible()
})

test('instructor sees the own courses only', async ({ as }) => {
  const page = await as('instructor')
  await page.goto('/courses')
  await expect(page.locator('tbody tr')).toHaveText([/MATH 101/])
  await expect(page.getByRole('button', { name: 'New course' })).toHaveCount(0)
})

test.describe('results that do not fit', () => {
  test.use({ allowConsole: [refused] })

  test('are refused', async ({ as, database }) => {
    const page = await as('instructor')
    await page.goto('/sections/2')
    await page.getByRole('button', { name: 'Edit Final examination' }).click()
    const dialog = page.getByRole('dialog', { name: 'Edit assessment' })
    await dialog.getByLabel('Students assessed').fill('10')
    await dialog.getByLabel('Students passed').fill('11')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await expect(dialog.getByRole('alert')).toHaveText('More students passed than were assessed.')
    const stored = database.open().prepare('select passed from assessments where id = 5').pluck()
    expect(stored.get()).toBeNull()
  })
})
