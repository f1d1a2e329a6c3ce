import { expect, test } from 'vitest'
import { app } from './support/app.ts'
import { project } from './support/project.ts'

const spec = {
  'one.spec.ts': `import { test } from './test.ts'\ntest('one', async ({ as }) => { await as('admin') })`,
}

const shown = (output: string): string =>
  output
    .replaceAll(/[0-9a-f]{8}-\d+/g, '<lane>')
    .replaceAll(/in \d+(\.\d+)?m?s|\d+ ms|\(\d+(\.\d+)?m?s\)/g, '<time>')
    .trim()

test('ends the run before the first test when a seed contract is broken', async () => {
  const { run, gone } = await project({
    ...spec,
    'lanes.ts': app['lanes.ts']!.replace(
      'instructor: { create }',
      `instructor: { create, verify: () => { throw new Error('no course is visible') } }`,
    ),
  })
  const { exitCode, attempts, output } = await run()
  expect(exitCode).toBe(1)
  expect(attempts.map(({ status }) => status)).toEqual([])
  expect(shown(output)).toMatchInlineSnapshot(`
    "isolane: database: building the database template (schema.sql)
    IsolaneError: Seed contract of role "instructor" is broken on lane <lane> (instructor.worker1@isolane.test): no course is visible
    Hint: make the seed or accounts.roles.instructor.create give this role what its tests need."
  `)
  expect(await gone()).toEqual([])
})

test('ends the run before the first test when the server dies', async () => {
  const { run, gone } = await project({
    ...spec,
    'server.ts': `console.log('cannot read config'); process.exit(3)`,
  })
  const { exitCode, output } = await run()
  expect(exitCode).toBe(1)
  expect(shown(output)).toMatchInlineSnapshot(`
    "isolane: database: building the database template (schema.sql)
    IsolaneError: The app server "node server.ts" ended with exit code 3 after <time>, before it was ready (lane <lane>).
    It printed:
      cannot read config
    Hint: run the command by hand with the same PORT; it must stay in the foreground."
  `)
  expect(await gone()).toEqual([])
})

test('says which role could not sign in, and where in the user’s code', async () => {
  const { run, gone } = await project({
    ...spec,
    'test.ts': app['test.ts']!.replace(
      `page.waitForURL('/')`,
      `page.waitForURL('/', { timeout: 500 })`,
    ),
    'server.ts': app['server.ts']!.replace('const found =', 'const found = false &&'),
  })
  const { exitCode, attempts, output } = await run()
  expect(exitCode, output).toBe(1)
  expect(shown(attempts[0]?.error ?? '').replaceAll(/:\d{5}/g, ':<port>')).toMatchInlineSnapshot(`
    "IsolaneError: Role "admin" could not sign in on lane <lane> (admin.worker1@isolane.test): page.waitForURL: Timeout 500ms exceeded.
    =========================== logs ===========================
    waiting for navigation to "/" until "load"
    ============================================================
    Hint: signIn(page, account) of laneTest must leave a signed-in page behind; try its steps in a browser."
  `)
  expect(output).toContain('test.ts:')
  expect(output).not.toContain('packages/playwright')
  expect(await gone()).toEqual([])
})

test('says what is wrong in laneTest and in the config', async () => {
  const without = await project({
    ...spec,
    'test.ts': `
      import { laneTest } from '@isolane/playwright'
      import { lanes } from './lanes.ts'
      export const test = laneTest(lanes)
    `,
  })
  const result = await without.run()
  expect(shown(result.attempts[0]?.error ?? '')).toMatchInlineSnapshot(`
    "IsolaneError: as("admin"): laneTest was not told how to sign in.
    Hint: laneTest(lanes, { signIn: async (page, account) => { … } })."
  `)

  const unwrapped = await project({
    ...spec,
    'playwright.config.ts': `
      import { use } from './use.ts'
      export default { use }
    `,
  })
  const outside = await unwrapped.run()
  expect(shown(outside.attempts[0]?.error ?? '')).toMatchInlineSnapshot(`
    "IsolaneError: This process belongs to no run: ISOLANE_HOST is not set.
    Hint: wrap the runner’s config with isolated(lanes, …), so that a host is started."
  `)
})

test('runs with fewer workers when accounts are finite', async () => {
  const { run, gone } = await project({
    'lanes.ts': `
      import { accounts, defineLanes } from '@isolane/core'
      export const lanes = defineLanes({
        accounts: accounts({ roles: { admin: { list: [{ email: 'only@isolane.test', password: 'secret' }] } } }),
      })
    `,
    'test.ts': `
      import { laneTest } from '@isolane/playwright'
      import { lanes } from './lanes.ts'
      export const test = laneTest(lanes)
    `,
    ...Object.fromEntries(
      ['a', 'b', 'c'].map((name) => [
        `${name}.spec.ts`,
        `import { test } from './test.ts'\ntest('${name}', ({ accounts }) => { if (accounts.admin.email !== 'only@isolane.test') throw new Error() })`,
      ]),
    ),
  })
  const { exitCode, attempts, output } = await run('--workers=3')
  expect(exitCode, output).toBe(0)
  expect(attempts.map(({ parallelIndex }) => parallelIndex)).toEqual([0, 0, 0])
  expect(output).toContain(
    'isolane: 1 lanes instead of 3: "accounts" has no more to give on this machine.',
  )
  expect(await gone()).toEqual([])
})
