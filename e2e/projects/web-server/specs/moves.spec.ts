import { expect, test } from '@playwright/test'

test.beforeEach(async ({ page, request }) => {
  await request.post('/testing/reset')
  await page.goto('/')
})

test('lists what was moved, in order', async ({ page }) => {
  await page.getByRole('button', { name: 'Take Lamp' }).click()
  await page.getByRole('button', { name: 'Take Chair' }).click()
  await page.getByRole('button', { name: 'Return Lamp' }).click()
  await page.getByRole('link', { name: 'Moves' }).click()
  await expect(page.getByRole('listitem')).toHaveText(['Lamp -1', 'Chair -1', 'Lamp +1'])
})

test('lists nothing at first', async ({ page }) => {
  await page.getByRole('link', { name: 'Moves' }).click()
  await expect(page.getByRole('heading', { name: 'Moves' })).toBeVisible()
  await expect(page.getByRole('listitem')).toHaveCount(0)
})
