import { expect, test } from 'vitest'
import { project } from './support/project.ts'

const spec = (reset: string, expected: readonly string[]): Record<string, string> => ({
  'test.ts': `
    import { laneTest } from '@isolane/playwright'
    import { lanes } from './lanes.ts'

    export { expect } from '@playwright/test'
    export const test = laneTest(lanes, { reset: ${JSON.stringify(reset)} })
  `,
  ...Object.fromEntries(
    ['a', 'b'].map((file, at) => [
      `${file}.spec.ts`,
      `
        import { expect, test } from './test.ts'

        const notes = async (request) => /<p>(.*)<\\/p>/.exec(await (await request.get('/')).text())[1]
        test.beforeAll(async ({ playwright }) => {
          const request = await playwright.request.newContext({ baseURL: process.env.APP_URL })
          await request.post('/notes', { form: { text: '${file}' } })
          await request.dispose()
        })
        test('${file}1', async ({ request }) => {
          expect(await notes(request)).toBe(${JSON.stringify(expected[at * 2])})
          await request.post('/notes', { form: { text: '${file}1' } })
        })
        test('${file}2', async ({ request }) => {
          expect(await notes(request)).toBe(${JSON.stringify(expected[at * 2 + 1])})
        })
      `,
    ]),
  ),
})

test.each([
  ['file', ['a', 'a,a1', 'b', 'b,b1']],
  ['test', ['', '', '', '']],
  ['never', ['a', 'a,a1', 'a,a1,b', 'a,a1,b,b1']],
])('reset: %s', async (reset, expected) => {
  const { run } = await project(spec(reset, expected))
  const { attempts, exitCode, output } = await run('--workers=1')
  expect(exitCode, output).toBe(0)
  expect(attempts).toHaveLength(4)
  expect(new Set(attempts.map(({ workerIndex }) => workerIndex)).size).toBe(1)
})

test('takes another lane when a test left a transaction open', async () => {
  const { run } = await project({
    'a.spec.ts': `
      import { test } from './test.ts'

      test('leaves it open', ({ database }) => {
        database.open().exec("begin immediate; insert into notes (text) values ('open')")
      })
    `,
    'b.spec.ts': `
      import { expect, test } from './test.ts'

      test('is not to blame', async ({ as, accounts }) => {
        const admin = await as('admin')
        await admin.goto('/')
        await expect(admin.locator('h1')).toHaveText(accounts.admin.email)
        await expect(admin.locator('p')).toHaveText('')
      })
    `,
  })
  const { attempts, output } = await run('--workers=1')
  expect(
    attempts.map(({ status }) => status),
    output,
  ).toEqual(['passed', 'passed'])
  expect(attempts[1]?.annotations.join()).toMatch(
    /^isolane: another lane was taken: Lane \S+ could not be reset after "a\.spec\.ts › leaves it open": /,
  )
})
