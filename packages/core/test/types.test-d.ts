/** Types of handles follow from `defineLanes`: compiled by `npm run check`, never run. */
import { accounts, defineLanes, lock, port, server, sqlite, tempDir } from '@isolane/core'
import type {
  CurrentLane,
  HandleOf,
  HeldLock,
  Identity,
  Lanes,
  PortHandle,
  Resource,
  ServerHandle,
  SqliteHandle,
  TempDirHandle,
} from '@isolane/core'
import { expectTypeOf } from 'vitest'

const lanes = defineLanes({
  database: sqlite({ schema: 'schema.sql' }),
  port: port(),
  tempDir: tempDir(),
  app: server({ command: 'node src/server.ts' }),
  accounts: accounts({
    roles: {
      instructor: {
        create: async ({ database, port: own, tempDir: tmp, app }, identity) => {
          expectTypeOf(database).toEqualTypeOf<SqliteHandle>()
          expectTypeOf(own).toEqualTypeOf<PortHandle>()
          expectTypeOf(tmp).toEqualTypeOf<TempDirHandle>()
          expectTypeOf(app).toEqualTypeOf<ServerHandle>()
          expectTypeOf(identity).toEqualTypeOf<Identity>()
          return { courses: ['algebra'], id: 7 }
        },
        verify: ({ database }, account) => {
          expectTypeOf(database).toEqualTypeOf<SqliteHandle>()
          expectTypeOf(account.email).toBeString()
        },
      },
      admin: { create: ({ database }) => void database.open() },
      guest: { list: [{ email: 'guest@example.test', password: 'secret' }] },
    },
  }),
})

const lane = lanes.current()

expectTypeOf(lanes).toExtend<Lanes>()
expectTypeOf(lane).toEqualTypeOf<CurrentLane<typeof lanes.resources>>()
expectTypeOf(lane.database).toEqualTypeOf<SqliteHandle>()
expectTypeOf(lane.port).toEqualTypeOf<PortHandle>()
expectTypeOf(lane.tempDir).toEqualTypeOf<TempDirHandle>()
expectTypeOf(lane.app).toEqualTypeOf<ServerHandle>()

// Facts of the lane itself.
expectTypeOf(lane.id).toBeString()
expectTypeOf(lane.slot).toBeNumber()
expectTypeOf(lane.generation).toBeNumber()
expectTypeOf(lane.env).toEqualTypeOf<Readonly<Record<string, string>>>()

// A lock gives what its work gives, or itself; its options come last.
expectTypeOf(lane.lock(['billing'], () => 1)).resolves.toBeNumber()
expectTypeOf(lane.lock('billing', async () => 'a', { mode: 'shared' })).resolves.toBeString()
expectTypeOf(lane.lock('billing', { timeoutMs: 1 })).resolves.toEqualTypeOf<HeldLock>()
expectTypeOf(lane.lock).toEqualTypeOf(lock)
// @ts-expect-error The work comes before the options.
void lane.lock('billing', { mode: 'shared' }, () => 1)
// @ts-expect-error There is no such mode.
void lane.lock('billing', { mode: 'read' })

// A role has what its `create` returns, and nothing else.
expectTypeOf(lane.accounts).toHaveProperty('instructor')
expectTypeOf(lane.accounts.instructor.email).toBeString()
expectTypeOf(lane.accounts.instructor.courses).toEqualTypeOf<string[]>()
expectTypeOf(lane.accounts.instructor.id).toBeNumber()
expectTypeOf(lane.accounts.admin.password).toBeString()
expectTypeOf(lane.accounts.guest.email).toBeString()
// @ts-expect-error There is no such role.
void lane.accounts.student
// @ts-expect-error This role's `create` returns nothing.
void lane.accounts.admin.courses
// @ts-expect-error There is no such resource.
void lane.mail
// @ts-expect-error A lane is not changed.
lane.port = lanes.current().port

// Nothing is `any`.
expectTypeOf(lane).not.toBeAny()
expectTypeOf(lane.database).not.toBeAny()
expectTypeOf(lane.accounts).not.toBeAny()
expectTypeOf(lane.accounts.instructor).not.toBeAny()
expectTypeOf(lane.accounts.admin).not.toBeAny()
expectTypeOf(lane.accounts.guest).not.toBeAny()

// A resource of the user's own.
interface Queue {
  push(job: string): void
}
declare const queue: Resource<Queue, { readonly name: string }>
expectTypeOf(defineLanes({ queue }).current().queue).toEqualTypeOf<Queue>()
expectTypeOf<HandleOf<typeof queue>>().toEqualTypeOf<Queue>()

// Lanes of any shape are taken where `Lanes` is asked for.
declare function isolated(given: Lanes): void
isolated(lanes)
isolated(defineLanes({}))

// A resource that needs another by name refuses one of another kind under that name.
declare const reader: Resource<string, unknown, unknown, { readonly database: SqliteHandle }>
defineLanes({ database: sqlite({ schema: 'schema.sql' }), reader })
// @ts-expect-error `database` is a port here.
defineLanes({ database: port(), reader })
defineLanes({
  database: port(),
  // @ts-expect-error Accounts would be made in a port.
  accounts: accounts({ roles: { admin: { create: ({ database }) => void database.open() } } }),
})

// @ts-expect-error Not a resource.
defineLanes({ port: 3000 })
// @ts-expect-error An option that does not exist.
server({ command: 'node src/server.ts', redy: '/' })
// @ts-expect-error A list needs passwords.
accounts({ roles: { guest: { list: [{ email: 'guest@example.test' }] } } })
