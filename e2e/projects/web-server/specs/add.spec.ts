import { expect, test } from '@playwright/test'

test.beforeEach(async ({ page, request }) => {
  await request.post('/testing/reset')
  await page.goto('/')
})

test('adds a product', async ({ page }) => {
  await page.getByLabel('Name').fill('Shelf')
  await page.getByRole('button', { name: 'Add' }).click()
  await expect(page.getByRole('row')).toHaveCount(4)
  await page.getByRole('button', { name: 'Return Shelf' }).click()
  await expect(page.getByRole('row', { name: 'Shelf' })).toContainText('1')
})
