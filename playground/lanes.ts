import { fileURLToPath } from 'node:url'
import { accounts, defineLanes, port, server, sqlite, tempDir } from '@isolane/core'
import type { AccountNeeds, Identity } from '@isolane/core'
import { addPerson, verifyPerson } from './db/people.ts'
import { seed } from './db/seed.ts'
import type { Role } from './src/accounts/users.ts'

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

const database = sqlite({
  schema: here('db/schema.sql'),
  seed: (db) => seed(db),
  inputs: [here('db/seed.ts')],
})

/** What a worker of the API and model tests gets. They start the app themselves where they need it. */
export const unitLanes = defineLanes({ database, port: port(), tempDir: tempDir() })

/** What a worker of the browser tests gets: the app running on its database, and an account for each role. */
export const lanes = defineLanes({
  database,
  port: port(),
  tempDir: tempDir(),
  app: server({ command: 'node src/server.ts', cwd: here('.'), ready: '/healthz' }),
  accounts: accounts({
    domain: 'northfield.test',
    roles: {
      site_admin: role('site_admin'),
      institution_admin: role('institution_admin'),
      program_admin: role('program_admin'),
      instructor: role('instructor'),
    },
  }),
})

function role(name: Role) {
  return {
    create: (needs: AccountNeeds, identity: Identity): void => {
      addPerson(needs.database.open(), name, identity)
    },
    verify: (needs: AccountNeeds, { email }: Identity): void =>
      verifyPerson(needs.database.open(), name, email),
  }
}
