import { serve } from '@hono/node-server'
import { createApp } from './app.ts'
import { openDatabase } from './database.ts'
import { createMailer } from './mail/create-mailer.ts'
import { readSwitches } from './switches.ts'

const url = process.env['DATABASE_URL'] ?? 'file:records.db'
const port = Number(process.env['PORT'] ?? 3000)
const switches = readSwitches()
const database = openDatabase(url)
const mailer = createMailer(database, switches, process.env['SMTP_URL'])
const app = createApp({ database, mailer, switches })

const server = serve({ fetch: app.fetch, port, hostname: '127.0.0.1' }, (address) => {
  console.log(`Course Records listens on http://127.0.0.1:${address.port}, database ${url}`)
})

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    server.close(() => {
      database.close()
      process.exit(0)
    })
    if ('closeAllConnections' in server) server.closeAllConnections()
  })
}
