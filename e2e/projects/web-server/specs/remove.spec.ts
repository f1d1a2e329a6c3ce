import { expect, test } from '@playwright/test'

test.beforeEach(async ({ page, request }) => {
  await request.post('/testing/reset')
  await page.goto('/')
})

test('removes a product', async ({ page }) => {
  await page.getByRole('link', { name: 'Chair' }).click()
  await page.getByRole('button', { name: 'Remove' }).click()
  await expect(page.getByRole('row')).toHaveCount(2)
  await expect(page.getByRole('link', { name: 'Chair' })).toHaveCount(0)
})
