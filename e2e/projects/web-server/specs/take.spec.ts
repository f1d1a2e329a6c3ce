import { expect, test } from '@playwright/test'

test.beforeEach(async ({ page, request }) => {
  await request.post('/testing/reset')
  await page.goto('/')
})

test('takes lamps out', async ({ page }) => {
  for (const left of ['9', '8', '7']) {
    await page.getByRole('button', { name: 'Take Lamp' }).click()
    await expect(page.getByTestId('stock-1')).toHaveText(left)
  }
})

test('takes no more than there are', async ({ page }) => {
  await page.getByRole('button', { name: 'Take Desk' }).click()
  await expect(page.getByTestId('stock-3')).toHaveText('0')
  await page.getByRole('button', { name: 'Take Desk' }).click()
  await expect(page.getByRole('alert')).toHaveText('There is none left.')
})
