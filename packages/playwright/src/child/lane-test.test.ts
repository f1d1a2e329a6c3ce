import { accounts, defineLanes, port, server, sqlite, tempDir } from '@isolane/core'
import type { ServerHandle, SqliteHandle } from '@isolane/core'
import { test as base } from '@playwright/test'
import type { Page } from '@playwright/test'
import { expect, expectTypeOf, test } from 'vitest'
import { checkNames } from './check-names.ts'
import { laneTest } from './lane-test.ts'

const lanes = defineLanes({ tmp: tempDir() })

test('names a wrong option', () => {
  expect(() => laneTest(lanes, { signin: async () => {} } as object)).toThrow(
    'laneTest has no option "signin". Allowed: signIn, signedIn, reset, base.\nHint: write "signIn" instead of "signin".',
  )
  expect(() => laneTest(lanes, { reset: 'suite' as 'file' })).toThrow(
    `laneTest.reset must be 'test', 'file' or 'never'; received "suite".`,
  )
})

test('refuses a resource whose fixture would replace a built-in one', () => {
  expect(() => checkNames(['database', 'page'])).toThrow(
    'laneTest: the resource "page" cannot become a fixture: Playwright has one of that name.\nHint: give it another name in defineLanes(), for example "site".',
  )
  expect(() => checkNames(['as'])).toThrow('laneTest has one of that name')
})

test('types roles and resources', () => {
  expectTypeOf(types).toBeFunction()
})

// Compiled and not called: Playwright's test works in its own runner only.
function types(): void {
  const lanes = defineLanes({
    database: sqlite(),
    port: port(),
    app: server({ command: 'node server.ts' }),
    users: accounts({ roles: { admin: { create: () => ({ id: 7 }) }, instructor: {} } }),
  })

  const typed = laneTest(lanes, {
    signIn: async (page, account) => {
      expectTypeOf(page).toEqualTypeOf<Page>()
      expectTypeOf(account.email).toEqualTypeOf<string>()
    },
  })

  typed(
    'roles and resources are typed',
    async ({ as, lane, app, database, users, page, baseURL }) => {
      expectTypeOf(as).parameter(0).toEqualTypeOf<'admin' | 'instructor'>()
      expectTypeOf(as('admin')).toEqualTypeOf<Promise<Page>>()
      expectTypeOf(app).toEqualTypeOf<ServerHandle>()
      expectTypeOf(database).toEqualTypeOf<SqliteHandle>()
      expectTypeOf(lane.database).toEqualTypeOf<SqliteHandle>()
      expectTypeOf(lane.generation).toEqualTypeOf<number>()
      expectTypeOf(users.admin.id).toEqualTypeOf<number>()
      expectTypeOf(page).toEqualTypeOf<Page>()
      expectTypeOf(baseURL).toEqualTypeOf<string | undefined>()
    },
  )

  typed.use({ allowConsole: [/expected/, 'known'], locale: 'de-DE' })

  const plain = laneTest(defineLanes({ port: port() }))
  plain('no roles without accounts', async ({ as }) => {
    expectTypeOf(as).parameter(0).toEqualTypeOf<never>()
  })

  const extended = laneTest(lanes, { base: base.extend<{ mine: number }>({ mine: 42 }) })
  extended('keeps fixtures of the base', async ({ mine, app }) => {
    expectTypeOf(mine).toEqualTypeOf<number>()
    expectTypeOf(app).toEqualTypeOf<ServerHandle>()
  })
}
