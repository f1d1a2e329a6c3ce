import { expect, test } from '@playwright/test'

test.beforeEach(async ({ page, request }) => {
  await request.post('/testing/reset')
  await page.goto('/')
})

test('lists the products by name', async ({ page }) => {
  await expect(page.getByRole('row').getByRole('link')).toHaveText(['Chair', 'Desk', 'Lamp'])
})

test('says how many there are', async ({ page }) => {
  await expect(page.getByTestId('stock-1')).toHaveText('10')
  await expect(page.getByTestId('stock-2')).toHaveText('4')
  await expect(page.getByTestId('stock-3')).toHaveText('1')
})
