import { expect, test } from 'vitest'
import { project } from './support/project.ts'

test('signs every role in, several in one test, and keeps their sessions across resets', async () => {
  const { run, leftovers } = await project({
    'one.spec.ts': `
      import { expect, test } from './test.ts'

      test('two roles', async ({ as, accounts, lane }) => {
        const [admin, instructor] = [await as('admin'), await as('instructor')]
        await Promise.all([admin.goto('/'), instructor.goto('/')])
        await expect(admin.locator('h1')).toHaveText(accounts.admin.email)
        await expect(instructor.locator('h1')).toHaveText(accounts.instructor.email)
        await admin.request.post('/notes', { form: { text: 'from one' } })
        expect(lane.generation).toBe(1)
      })
    `,
    'two.spec.ts': `
      import { expect, test } from './test.ts'

      test('starts from the base, still signed in', async ({ as, accounts, lane, page, baseURL, app }) => {
        const admin = await as('admin')
        await admin.goto('/')
        await expect(admin.locator('h1')).toHaveText(accounts.admin.email)
        await expect(admin.locator('p')).toHaveText('')
        await page.goto('/')
        await expect(page.locator('h1')).toHaveText('nobody')
        expect(baseURL).toBe(app.url)
        expect(lane.generation).toBe(2)
      })
    `,
  })
  const result = await run('--workers=1')
  expect(result.output).toContain('2 passed')
  expect(result.exitCode).toBe(0)
  expect(await leftovers()).toEqual([])
})
