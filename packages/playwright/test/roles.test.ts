import { expect, test } from 'vitest'
import { app } from './support/app.ts'
import { project } from './support/project.ts'

test('signs every role in, several in one test, and keeps their sessions across resets', async () => {
  const { run, gone } = await project({
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
  expect(await gone()).toEqual([])
})

test('signs a role in again when its session does not hold any more', async () => {
  const { run } = await project({
    'test.ts': app['test.ts']!.replace(
      'signIn: async',
      `signedIn: async (page, account) => {
        await page.goto('/')
        return (await page.textContent('h1')) === account.email
      },
      signIn: async`,
    ),
    'sessions.spec.ts': `
      import { expect, test } from './test.ts'

      test('signs out', async ({ as }) => {
        const admin = await as('admin')
        await admin.goto('/logout')
      })
      test('is signed in', async ({ as, accounts }) => {
        const [admin, again] = await Promise.all([as('admin'), as('admin')])
        for (const page of [admin, again]) {
          expect(page.url()).toBe('about:blank')
          await page.goto('/')
          await expect(page.locator('h1')).toHaveText(accounts.admin.email)
        }
      })
    `,
    'sessions2.spec.ts': `
      import { statSync } from 'node:fs'
      import { dirname, join } from 'node:path'
      import { expect, test } from './test.ts'

      test('after a reset too', async ({ as, accounts, database }) => {
        const admin = await as('admin')
        await admin.goto('/')
        await expect(admin.locator('h1')).toHaveText(accounts.admin.email)
        expect(database.open().prepare('select count(*) from sessions').pluck().get()).toBe(2)
        const file = join(dirname(dirname(database.path)), 'sessions.json')
        expect((statSync(file).mode & 0o777).toString(8)).toBe('600')
      })
    `,
  })
  const { exitCode, output } = await run('--workers=1')
  expect(exitCode, output).toBe(0)
})

test('extends a test of the user’s', async () => {
  const { run } = await project({
    'test.ts': `
      import { test as base } from '@playwright/test'
      ${app['test.ts']!.replace('laneTest(lanes, {', 'laneTest(lanes, { base: base.extend({ mine: 42 }),')}
    `,
    'mine.spec.ts': `
      import { expect, test } from './test.ts'

      test('has both', async ({ as, mine, accounts }) => {
        const admin = await as('admin')
        await admin.goto('/')
        await expect(admin.locator('h1')).toHaveText(accounts.admin.email)
        expect(mine).toBe(42)
      })
    `,
  })
  const { exitCode, output } = await run('--workers=1')
  expect(exitCode, output).toBe(0)
})
