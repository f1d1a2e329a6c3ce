import { expect, test } from '@playwright/test'

test('names the button', async ({ page }) => {
  await page.setContent('<form><button>Send</button></form>')
  await expect(page.getByRole('button')).toHaveText('Save', { timeout: 500 })
})

test('has a button', async ({ page }) => {
  await page.setContent('<form><button>Send</button></form>')
  await expect(page.getByRole('button')).toBeVisible()
})
