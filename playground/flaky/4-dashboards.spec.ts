import type { Page } from '@playwright/test'
import { expect, test } from '../e2e/test.ts'

test('site admin dashboard', async ({ as }) => {
  await expectLoaded(await as('site_admin'), '/dashboard', 'Figures')
})

test('institution admin dashboard', async ({ as }) => {
  await expectLoaded(await as('institution_admin'), '/dashboard', 'Figures')
})

test('program admin dashboard', async ({ as }) => {
  await expectLoaded(await as('program_admin'), '/dashboard', 'Figures')
})

test('instructor dashboard', async ({ as }) => {
  await expectLoaded(await as('instructor'), '/dashboard', 'Figures')
})

test('site admin results', async ({ as }) => {
  await expectLoaded(await as('site_admin'), '/dashboard/results', 'Results by course')
})

test('institution admin results', async ({ as }) => {
  await expectLoaded(await as('institution_admin'), '/dashboard/results', 'Results by course')
})

test('program admin results', async ({ as }) => {
  await expectLoaded(await as('program_admin'), '/dashboard/results', 'Results by course')
})

test('instructor results', async ({ as }) => {
  await expectLoaded(await as('instructor'), '/dashboard/results', 'Results by course')
})

/** Opens a dashboard and waits for its script. What goes wrong there is only in the console. */
async function expectLoaded(page: Page, path: string, region: string): Promise<void> {
  await page.goto(path)
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(/dashboard$|^Results$/)
  await expect(page.getByRole('region', { name: region })).toHaveAttribute('aria-busy', 'false')
}
