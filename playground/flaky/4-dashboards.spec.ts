import { expect, test } from '../e2e/test.ts'

const roles = ['site_admin', 'institution_admin', 'program_admin', 'instructor'] as const

for (const role of roles) {
  const name = role.replace('_', ' ')

  test(`${name} dashboard`, async ({ as }) => {
    const page = await as(role)
    await page.goto('/dashboard')
    await expect(page.getByRole('heading', { level: 1 })).toHaveText(/dashboard$/)
    await expect(page.getByRole('region', { name: 'Figures' })).toHaveAttribute(
      'aria-busy',
      'false',
    )
  })

  test(`${name} results`, async ({ as }) => {
    const page = await as(role)
    await page.goto('/dashboard/results')
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('Results')
    await expect(page.getByRole('region', { name: 'Results by course' })).toHaveAttribute(
      'aria-busy',
      'false',
    )
  })
}
