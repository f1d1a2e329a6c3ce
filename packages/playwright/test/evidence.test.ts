import { existsSync } from 'node:fs'
import { expect, test } from 'vitest'
import { project } from './support/project.ts'

test('attaches the server’s log and what changed in the lane to a failed test, without secrets', async () => {
  const { run } = await project({
    'fails.spec.ts': `
      import { expect, test } from './test.ts'

      test('before', async ({ request }) => {
        await request.get('/before')
      })
      test('fails', async ({ request, accounts, context }) => {
        await request.post('/notes', { form: { text: 'one more' } })
        await request.post('/login', { form: { email: accounts.admin.email, password: accounts.admin.password } })
        throw new Error('on purpose with ' + accounts.admin.email)
      })
    `,
  })
  const { attempts, output } = await run('--workers=1')
  const [, failed] = attempts
  expect(failed?.status, output).toBe('failed')
  const log = failed?.attachments['server log'] ?? ''
  expect(log.split('\n')).toEqual([
    'POST /notes',
    'POST /login',
    'password [redacted]',
    'GET /',
    '',
  ])
  const evidence = failed?.attachments['lane evidence'] ?? ''
  expect(evidence).toContain('one more')
  const [, kept] = /open: .*?(\/[^'"]*\.db)/.exec(evidence) ?? []
  expect(existsSync(kept ?? ''), evidence).toBe(true)
})

test('records traces and screenshots of signed-in pages as of any other', async () => {
  const { run } = await project({
    'use.ts': `
      const executablePath = process.env.TEST_BROWSER
      const args = ['--no-sandbox', '--disable-background-networking']
      export const use = {
        launchOptions: executablePath ? { executablePath, args } : { args },
        trace: 'on', screenshot: 'only-on-failure', locale: 'de-DE', viewport: { width: 400, height: 300 },
      }
    `,
    'artifacts.spec.ts': `
      import { expect, test } from './test.ts'

      test('of a role', async ({ as }) => {
        const admin = await as('admin')
        await admin.goto('/')
        expect(admin.viewportSize()).toEqual({ width: 400, height: 300 })
        expect(await admin.evaluate(() => navigator.language)).toBe('de-DE')
        await admin.goto('/console')
      })
    `,
  })
  const { attempts, output } = await run('--workers=1')
  const [attempt] = attempts
  expect(attempt?.error, output).toMatch(/^ConsoleError: Console error: chart failed 42/)
  expect(existsSync(attempt?.attachments['trace'] ?? '')).toBe(true)
  expect(existsSync(attempt?.attachments['screenshot'] ?? '')).toBe(true)
})
