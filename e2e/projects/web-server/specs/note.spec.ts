import { expect, test } from '@playwright/test'

test.beforeEach(async ({ page, request }) => {
  await request.post('/testing/reset')
  await page.goto('/')
})

test('writes a note', async ({ page }) => {
  await page.getByRole('link', { name: 'Lamp' }).click()
  await page.getByLabel('Note').fill('by the window')
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByRole('row', { name: 'Lamp' })).toContainText('by the window')
})

test('changes a note', async ({ page }) => {
  for (const note of ['by the door', 'in the cellar']) {
    await page.getByRole('link', { name: 'Lamp' }).click()
    await page.getByLabel('Note').fill(note)
    await page.getByRole('button', { name: 'Save' }).click()
  }
  await expect(page.getByRole('row', { name: 'Lamp' })).toContainText('in the cellar')
})
