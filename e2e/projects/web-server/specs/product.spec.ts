import { expect, test } from '@playwright/test'

test.beforeEach(async ({ page, request }) => {
  await request.post('/testing/reset')
  await page.goto('/')
})

test('shows a product', async ({ page }) => {
  await page.getByRole('link', { name: 'Lamp' }).click()
  await expect(page.getByText('In stock: 10')).toBeVisible()
})

test('shows it as it is now', async ({ page }) => {
  await page.getByRole('button', { name: 'Take Lamp' }).click()
  await page.getByRole('link', { name: 'Lamp' }).click()
  await expect(page.getByText('In stock: 9')).toBeVisible()
})
