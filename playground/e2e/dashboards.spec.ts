import { expect, test } from './test.ts'

test('a site admin sees all institutions', async ({ as }) => {
  const page = await as('site_admin')
  await page.goto('/dashboard')
  const figures = page.getByRole('region', { name: 'Figures' }).getByRole('link')
  await expect(figures).toHaveText([
    /2\s*Institutions/,
    /4\s*Programs/,
    /7\s*Courses/,
    /4\s*People/,
  ])
})

test('an institution admin sees one institution', async ({ as }) => {
  const page = await as('institution_admin')
  await page.goto('/dashboard')
  const figures = page.getByRole('region', { name: 'Figures' }).getByRole('link')
  await expect(figures).toHaveText([/3\s*Programs/, /6\s*Courses/, /6\s*Sections/, /3\s*People/])
})

test('a program admin sees one program', async ({ as }) => {
  const page = await as('program_admin')
  await page.goto('/dashboard')
  const figures = page.getByRole('region', { name: 'Figures' }).getByRole('link')
  await expect(figures).toHaveText([/1\s*Prog/, /3\s*Courses/, /4\s*Sections/, /7\s*Assess/])
})

test('an instructor sees what waits for results', async ({ as }) => {
  const page = await as('instructor')
  await page.goto('/dashboard')
  const tasks = page.getByRole('region', { name: 'To do' }).getByRole('listitem')
  await expect(tasks).toHaveText([/Project/, /Final examination/])
  await tasks.first().getByRole('link').click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Project')
})

test('results are shown by course', async ({ as }) => {
  const page = await as('program_admin')
  await page.goto('/dashboard')
  await page.getByRole('link', { name: 'Results' }).click()
  const rows = page.getByRole('table', { name: 'Results by course' }).locator('tbody tr')
  await expect(rows).toHaveText([/MATH 101.*4 of 6.*81 % of 177/, /MATH 210.*no results yet/])
})
