// The lanes that the examples in docstrings import as `./lanes.ts`.

import { accounts, defineLanes, port, server, sqlite } from '@isolane/core'

export const lanes = defineLanes({
  database: sqlite({ schema: 'db/schema.sql' }),
  port: port(),
  app: server({ command: 'node src/server.ts', ready: '/healthz' }),
  accounts: accounts({
    roles: {
      instructor: {
        create: ({ database }, { email }) => {
          database.open().prepare('INSERT INTO users (email) VALUES (?)').run(email)
        },
      },
      admin: {
        create: ({ database }, { email }) => {
          database.open().prepare('INSERT INTO users (email, admin) VALUES (?, 1)').run(email)
        },
      },
    },
  }),
})
