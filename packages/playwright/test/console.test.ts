import { expect, test } from 'vitest'
import { project } from './support/project.ts'

test('fails a test by the errors of its pages, under their own names', async () => {
  const { run } = await project({
    'errors.spec.ts': `
      import { expect, test } from './test.ts'

      test('console', async ({ page }) => {
        await page.goto('/console')
      })
      test('role', async ({ as }) => {
        await (await as('admin')).goto('/throws')
      })
      test('popup', async ({ browser }) => {
        const page = await (await browser.newContext()).newPage()
        await page.goto('/opener')
        const [popup] = await Promise.all([page.waitForEvent('popup'), page.click('a')])
        await popup.waitForLoadState()
      })
    `,
  })
  const { attempts, output } = await run('--workers=1')
  expect(
    attempts.map(({ title, status }) => [title, status]),
    output,
  ).toEqual([
    ['console', 'failed'],
    ['role', 'failed'],
    ['popup', 'failed'],
  ])
  const errors = attempts.map(({ error }) => error?.replaceAll(/:\d{4,5}\//g, ':<port>/'))
  expect(errors).toMatchInlineSnapshot(`
    [
      "ConsoleError: Console error: chart failed 42 (page http://127.0.0.1:<port>/console, at http://127.0.0.1:<port>/console:1:88)
    Hint: mend the page, or list what is expected: test.use({ allowConsole: [/…/] }).",
      "PageError: Page error: TypeError: Cannot read properties of null (reading 'x') (page http://127.0.0.1:<port>/throws, role "admin", at http://127.0.0.1:<port>/throws:1:103)
    Hint: mend the page, or list what is expected: test.use({ allowConsole: [/…/] }).",
      "ConsoleError: Console error: chart failed 42 (page http://127.0.0.1:<port>/console, at http://127.0.0.1:<port>/console:1:88)
    Hint: mend the page, or list what is expected: test.use({ allowConsole: [/…/] }).",
    ]
  `)
  expect(attempts[0]?.attachments['console errors']).toContain('Console error: chart failed 42')
})

test('lets pass what is allowed, answers of the server, and what the list of a failed test has', async () => {
  const { run } = await project({
    'allowed.spec.ts': `
      import { expect, test } from './test.ts'

      test.describe(() => {
        test.use({ allowConsole: [/^chart/, 'reading'] })
        test('allowed', async ({ page, as }) => {
          await page.goto('/console')
          await (await as('admin')).goto('/throws')
        })
      })
      test('clean', async ({ page }) => {
        await page.goto('/forbidden')
        await expect(page.locator('h1')).toHaveText('Forbidden')
      })
      test('failed', async ({ page }) => {
        await page.goto('/console')
        throw new Error('its own reason')
      })
      test('expected to fail', async ({ page }) => {
        test.fail()
        await page.goto('/console')
        throw new Error('known')
      })
    `,
  })
  const { attempts, output } = await run('--workers=1')
  const [allowed, clean, failed, expected] = ['allowed', 'clean', 'failed', 'expected to fail'].map(
    (title) => attempts.find((attempt) => attempt.title === title),
  )
  expect(
    [allowed, clean, failed, expected].map((attempt) => attempt?.status),
    output,
  ).toEqual(['passed', 'passed', 'failed', 'failed'])
  expect(allowed?.attachments).toEqual({})
  expect(clean?.attachments).toEqual({})
  expect(failed?.error).toBe('Error: its own reason')
  expect(failed?.attachments['console errors']).toContain('Console error: chart failed 42')
  expect(Object.keys(expected?.attachments ?? {})).toEqual(['error-context'])
})
