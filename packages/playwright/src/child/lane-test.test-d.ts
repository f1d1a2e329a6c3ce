import { accounts, defineLanes, port, server, sqlite } from '@isolane/core'
import type { ServerHandle, SqliteHandle } from '@isolane/core'
import { test as base } from '@playwright/test'
import type { Page } from '@playwright/test'
import { expectTypeOf } from 'vitest'
import { laneTest } from './lane-test.ts'

const lanes = defineLanes({
  database: sqlite(),
  port: port(),
  app: server({ command: 'node server.ts' }),
  users: accounts({ roles: { admin: { create: () => ({ id: 7 }) }, instructor: {} } }),
})

const test = laneTest(lanes, {
  signIn: async (page, account) => {
    expectTypeOf(page).toEqualTypeOf<Page>()
    expectTypeOf(account.email).toEqualTypeOf<string>()
  },
})

test('roles and resources are typed', async ({ as, lane, app, database, users, page, baseURL }) => {
  expectTypeOf(as).parameter(0).toEqualTypeOf<'admin' | 'instructor'>()
  expectTypeOf(as('admin')).toEqualTypeOf<Promise<Page>>()
  expectTypeOf(app).toEqualTypeOf<ServerHandle>()
  expectTypeOf(database).toEqualTypeOf<SqliteHandle>()
  expectTypeOf(lane.database).toEqualTypeOf<SqliteHandle>()
  expectTypeOf(lane.generation).toEqualTypeOf<number>()
  expectTypeOf(users.admin.id).toEqualTypeOf<number>()
  expectTypeOf(page).toEqualTypeOf<Page>()
  expectTypeOf(baseURL).toEqualTypeOf<string | undefined>()
})

test.use({ allowConsole: [/expected/, 'known'], locale: 'de-DE' })

const plain = laneTest(defineLanes({ port: port() }))
plain('no roles without accounts', async ({ as }) => {
  expectTypeOf(as).parameter(0).toEqualTypeOf<never>()
})

const extended = laneTest(lanes, { base: base.extend<{ mine: number }>({ mine: 42 }) })
extended('keeps fixtures of the base', async ({ mine, app }) => {
  expectTypeOf(mine).toEqualTypeOf<number>()
  expectTypeOf(app).toEqualTypeOf<ServerHandle>()
})
