import { expect, test } from '@playwright/test'

// Half of the time the figures come after the script that draws them.
const page$ = `<h1>Figures</h1><script>
  if (Math.random() < 0.5) console.error('figures are not there yet')
</script>`

test('shows the figures', async ({ page }) => {
  const errors = []
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text())
  })
  await page.setContent(page$)
  await expect(page.getByRole('heading')).toHaveText('Figures')
  // The page answers after all that it has said before.
  await page.evaluate(() => document.title)
  if (errors.length > 0) throw new Error(`Console error: ${errors[0]}`)
})
