import { expect, test } from './test.ts'

test('a section passes from the program admin to the instructor', async ({ as, accounts }) => {
  const [admin, teacher] = [await as('program_admin'), await as('instructor')]
  await teacher.goto('/courses')
  await expect(teacher.locator('tbody tr')).toHaveCount(1)

  await admin.goto('/sections')
  await admin.getByRole('link', { name: 'MATH 210-01' }).click()
  await admin.getByRole('button', { name: 'Edit', exact: true }).click()
  const dialog = admin.getByRole('dialog', { name: 'Edit section' })
  await dialog
    .getByLabel('Instructor')
    .selectOption({ label: `Ines Duval (${accounts.instructor.email})` })
  await dialog.getByRole('button', { name: 'Save' }).click()
  await expect(admin.getByRole('definition').first()).toHaveText('Ines Duval')

  await teacher.reload()
  await expect(teacher.locator('tbody tr')).toHaveText([/MATH 101/, /MATH 210/])
})

test('an instructor completes what the program admin then sees', async ({ as }) => {
  const [teacher, admin] = [await as('instructor'), await as('program_admin')]
  await teacher.goto('/sections/1')
  await teacher.getByRole('button', { name: 'Edit Midterm examination' }).click()
  const dialog = teacher.getByRole('dialog', { name: 'Edit assessment' })
  await dialog.getByLabel('Notes').fill('Question 3 was left out.')
  await dialog.getByRole('button', { name: 'Save' }).click()
  await expect(dialog).toBeHidden()

  await admin.goto('/assessments/1')
  await expect(admin.getByRole('definition').last()).toHaveText('Question 3 was left out.')
})

test('an invited program admin gets a program', async ({ as, page, database }) => {
  const chief = await as('institution_admin')
  await chief.goto('/users')
  await chief.getByRole('button', { name: 'Invite someone' }).click()
  const invitation = chief.getByRole('dialog', { name: 'Invite someone' })
  await invitation.getByLabel('Name').fill('Grace Hopper')
  await invitation.getByLabel('E-mail').fill('grace@northfield.test')
  await invitation.getByLabel('Role').selectOption('Program admin')
  await invitation.getByRole('button', { name: 'Send invitation' }).click()
  await expect(chief.getByRole('row', { name: /Grace Hopper/ })).toContainText('invited')

  const mail = database.open().prepare(`select body from outbox where recipient like 'grace@%'`)
  await page.goto(/http\S+/.exec(String(mail.pluck().get()))?.[0] ?? '/')
  await page.getByLabel('Password', { exact: true }).fill('battery staple')
  await page.getByLabel('Password again').fill('battery staple')
  await page.getByRole('button', { name: 'Save password' }).click()
  await expect(page).toHaveURL('/profile')

  await chief.goto('/programs/3')
  await chief.getByRole('button', { name: 'Appoint an admin' }).click()
  const appointment = chief.getByRole('dialog', { name: 'Appoint a program admin' })
  await appointment.getByLabel('Person').selectOption('Grace Hopper (grace@northfield.test)')
  await appointment.getByRole('button', { name: 'Appoint' }).click()
  await expect(appointment).toBeHidden()
  await page.goto('/programs')
  await expect(page.locator('tbody tr')).toHaveText([/Nursing/])
})

test('all four roles look at the same course', async ({ as }) => {
  for (const role of ['site_admin', 'institution_admin', 'program_admin', 'instructor'] as const) {
    const page = await as(role)
    await page.goto('/courses/1')
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('MATH 101 Calculus I')
  }
})
