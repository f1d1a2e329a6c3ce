import { readFileSync, rmSync } from 'node:fs'
import Sqlite from 'better-sqlite3'
import { roles } from '../src/accounts/users.ts'
import { pathOf } from '../src/database.ts'
import { addPerson } from './people.ts'
import { seed } from './seed.ts'

// Makes the database that DATABASE_URL names anew, with one account for every role.
const path = pathOf(process.env['DATABASE_URL'] ?? 'file:records.db')
for (const suffix of ['', '-wal', '-shm']) rmSync(path + suffix, { force: true })
const database = new Sqlite(path)
database.exec(readFileSync(new URL('schema.sql', import.meta.url), 'utf8'))
seed(database)
for (const role of roles) {
  const email = `${role.replaceAll('_', '.')}@northfield.test`
  addPerson(database, role, { email, password: 'playground' })
  console.log(`${email}  password: playground`)
}
database.close()
