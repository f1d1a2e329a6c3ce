import { expect, test } from '@playwright/test'

test.beforeEach(async ({ page, request }) => {
  await request.post('/testing/reset')
  await page.goto('/')
})

test('puts lamps back', async ({ page }) => {
  for (const left of ['11', '12', '13', '14']) {
    await page.getByRole('button', { name: 'Return Lamp' }).click()
    await expect(page.getByTestId('stock-1')).toHaveText(left)
  }
})
