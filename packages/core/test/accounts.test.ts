import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { accounts, defineLanes, sqlite } from '@isolane/core'
import type { Role, SqliteHandle } from '@isolane/core'
import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import { resourceLane } from './support/resource-lane.ts'
import { startHost } from './support/start-host.ts'
import { tempCache } from './support/temp-cache.ts'
import { until } from './support/until.ts'

const addresses = (...names: readonly string[]) =>
  names.map((name) => ({ email: `${name}@example.test`, password: `secret of ${name}` }))

/** A project with a table of users. */
function project(): { readonly cacheDir: string; readonly root: string } {
  const root = join(tempCache(), 'project')
  mkdirSync(root)
  writeFileSync(join(root, 'schema.sql'), 'CREATE TABLE users (email TEXT PRIMARY KEY, role TEXT);')
  return { cacheDir: join(root, 'cache'), root }
}

const signUp = ({ database }: { database: SqliteHandle }, email: string, role: string): unknown =>
  database.open().prepare('INSERT INTO users VALUES (?, ?)').run(email, role)

function usersOf(path: string): unknown[] {
  const database = new Database(path, { readonly: true })
  try {
    return database.prepare('SELECT email FROM users ORDER BY email').pluck().all()
  } finally {
    database.close()
  }
}

test('gives every lane an account a role, with the same address in every run', async () => {
  const resource = accounts({ roles: { admin: {}, instructor: {} } })
  const lane = await resourceLane(tempCache(), 5)
  const { handle, data, env } = await lane.provision(resource)
  expect(handle).toEqual({
    admin: {
      role: 'admin',
      number: 5,
      email: 'admin.worker5@isolane.test',
      password: expect.stringMatching(/^[\w-]{16}$/),
    },
    instructor: {
      role: 'instructor',
      number: 5,
      email: 'instructor.worker5@isolane.test',
      password: expect.stringMatching(/^[\w-]{16}$/),
    },
  })
  expect(handle.admin.password).not.toBe(handle.instructor.password)
  expect(env).toBeUndefined()
  expect(await resource.reset(data, lane.context)).toEqual({ ok: true })

  const again = await resourceLane(tempCache(), 5)
  const other = await again.provision(resource)
  expect(other.handle.admin.email).toBe(handle.admin.email)
  expect(other.handle.admin.password).not.toBe(handle.admin.password)
})

test('takes domain, password and what create returns', async () => {
  const resource = accounts({
    domain: 'mocku.test',
    password: 'same for all',
    roles: { admin: { create: async (_, { role }) => ({ badge: `${role}-1`, role: 'other' }) } },
  })
  const { handle } = await (await resourceLane(tempCache())).provision(resource)
  expect(handle).toEqual({
    admin: {
      role: 'admin',
      number: 1,
      email: 'admin.worker1@mocku.test',
      password: 'same for all',
      badge: 'admin-1',
    },
  })
})

test('the rows of an account belong to what the lane returns to', async () => {
  const role: Role = {
    create: (needs, { email, role: name }) => signUp(needs, email, name),
    verify: ({ database }, { email }) => expect(usersOf(database.path)).toContain(email),
  }
  const lanes = defineLanes({
    database: sqlite({ schema: 'schema.sql' }),
    accounts: accounts({ roles: { admin: role, guest: role } }),
  })
  const { host } = await startHost(lanes, project())
  const lane = await host.acquire({ slot: 1 })
  const { path } = lane.file.data['database'] as { path: string }
  const both = ['admin.worker1@isolane.test', 'guest.worker1@isolane.test']
  expect(usersOf(path)).toEqual(both)
  const database = new Database(path)
  database.exec('DELETE FROM users')
  database.close()
  await host.reset(lane.id)
  expect(usersOf(path)).toEqual(both)
})

test.each<[string, Role, string]>([
  [
    'create throws',
    {
      create: () => {
        throw new Error('UNIQUE constraint failed: users.email')
      },
    },
    `The account of role "instructor" could not be made for lane <lane>: UNIQUE constraint failed: users.email
Hint: look at accounts.roles.instructor.create: it ran on a fresh database.`,
  ],
  [
    'the seed contract is broken',
    { verify: () => Promise.reject(new Error('0 of 7 courses are visible')) },
    `Seed contract of role "instructor" is broken on lane <lane> (instructor.worker1@isolane.test): 0 of 7 courses are visible
Hint: make the seed or accounts.roles.instructor.create give this role what its tests need.`,
  ],
  [
    'it needs what is not there',
    { create: (needs) => signUp(needs, 'a', 'b') },
    `"accounts" reads "database", which defineLanes() does not declare above it (above: nothing).
Hint: declare "database" above "accounts", or give the resource that name.`,
  ],
])('says why no lane can be made when %s, before the first test', async (_, role, message) => {
  const { registry, cache } = await startHost(defineLanes({}), { spares: 0 })
  const list = addresses('only')
  const lanes = defineLanes({
    accounts: accounts({ roles: { admin: { list }, instructor: role } }),
  })
  const failed = await startHost(lanes, { cacheDir: cache }).then(
    () => undefined,
    (cause: Error) => cause.message,
  )
  expect(failed?.replaceAll(/\w+-1\b(?!@)/g, '<lane>')).toBe(message)
  expect(await registry.runs()).toHaveLength(1)
  expect(await registry.leased('account')).toEqual([])
})

test('leases accounts of a list, each to one lane, and gives them back', async () => {
  const resource = accounts({
    roles: { admin: { list: addresses('ann', 'abe') }, guest: { list: addresses('gil') } },
  })
  const cache = tempCache()
  const [first, second] = [await resourceLane(cache, 1), await resourceLane(cache, 2)]
  const { data, handle } = await first.provision(resource)
  expect(data).toMatchObject({
    admin: { ...addresses('ann')[0] },
    guest: { ...addresses('gil')[0] },
  })
  await expect(second.provision(resource)).rejects.toMatchObject({
    code: 'ISOLANE_ACCOUNTS',
    message: `No account of role "guest" is left for lane ${second.id}: all 1 are leased on this machine.
Hint: add accounts to accounts.roles.guest.list, or run fewer workers at the same time.`,
  })
  // It had an administrator already when there was no guest.
  expect(await first.registry.leased('account')).toEqual(['ann@example.test', 'gil@example.test'])
  await resource.dispose(data, first.context)
  await resource.dispose(data, first.context)
  expect((await second.provision(resource)).data).toEqual({
    admin: { ...handle.admin, number: 2 },
    guest: { ...handle.guest, number: 2 },
  })
})

test('a list gives as many lanes as it has accounts, and says so', async () => {
  const list = addresses('a', 'b')
  const lanes = defineLanes({ accounts: accounts({ roles: { admin: { list }, guest: {} } }) })
  const { host, messages, states } = await startHost(lanes, { workers: 4 })
  expect(host.limit).toBe(2)
  expect(messages).toEqual([
    '2 lanes instead of 4: "accounts" has no more to give on this machine.',
  ])
  const [first] = [await host.acquire({ slot: 1 }), await host.acquire({ slot: 2 })]
  const third = host.acquire({ slot: 3 })
  host.release(first.id, { discard: true })
  expect(await third).toMatchObject({ slot: 3, file: { number: 3 } })
  await states('2 leased, 3 leased')
})

test('runs at the same time share a list and never an account', async () => {
  const list = addresses('a', 'b', 'c', 'd')
  const lanes = defineLanes({ accounts: accounts({ roles: { admin: { list } } }) })
  const cacheDir = tempCache()
  const [one, two] = [
    await startHost(lanes, { workers: 3, cacheDir }),
    await startHost(lanes, { workers: 3, cacheDir }),
  ]
  expect([one.host.limit, two.host.limit]).toEqual([4, 3])
  const held = new Set<string>()
  const shared: string[] = []
  const work = async ({ host }: typeof one, slot: number): Promise<void> => {
    for (let turn = 0; turn < 8; turn += 1) {
      const lane = await host.acquire({ slot })
      const { email } = (lane.file.data['accounts'] as { admin: { email: string } }).admin
      if (held.has(email)) shared.push(email)
      held.add(email)
      await host.reset(lane.id)
      held.delete(email)
      host.release(lane.id)
    }
  }
  await Promise.all([1, 2, 3].flatMap((slot) => [work(one, slot), work(two, slot)]))
  expect(shared).toEqual([])
  expect(held).toEqual(new Set())
})

test('a run that finds all accounts leased says who cannot be served, and does not wait', async () => {
  const list = addresses('only')
  const lanes = defineLanes({ accounts: accounts({ roles: { admin: { list } } }) })
  const { host, cache } = await startHost(lanes, { spares: 0 })
  await expect(startHost(lanes, { cacheDir: cache })).rejects.toThrow(
    /^No account of role "admin" is left for lane \w+-1: all 1 are leased on this machine\.$/m,
  )
  await host.close()
  const { host: next } = await until(
    'the account is free',
    async () => await startHost(lanes, { cacheDir: cache }),
  )
  expect(next.limit).toBe(1)
})

test.each<[string, unknown]>([
  ['no roles', {}],
  ['an unknown name', { roles: {}, passwords: 'x' }],
  ['an unknown name of a role', { roles: { admin: { verfy: () => {} } } }],
  ['no function', { roles: { admin: { create: 'INSERT' } } }],
  ['an empty list', { roles: { admin: { list: [] } } }],
  ['a list of addresses', { roles: { admin: { list: ['a@example.test'] } } }],
  ['one account twice', { roles: { a: { list: addresses('x') }, b: { list: addresses('x') } } }],
])('an option that is wrong: %s', (_, options) => {
  expect(() => accounts(options as never)).toThrowErrorMatchingSnapshot()
})
