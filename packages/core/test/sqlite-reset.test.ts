import { rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { sqlite } from '@isolane/core'
import type { SqliteOptions } from '@isolane/core'
import { describe, expect, test } from 'vitest'
import { databaseDump } from './support/database-dump.ts'
import { laneBench } from './support/lane-bench.ts'
import type { LaneBench } from './support/lane-bench.ts'
import { sqliteChild } from './support/sqlite-child.ts'

const schema = `
CREATE TABLE users (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE);
INSERT INTO users (name) VALUES ('ada'), ('grace');
`
const namesSql = 'SELECT name FROM users ORDER BY id'
const totalsSql = 'SELECT count(*) AS count, sum(length(name)) AS length FROM users'
const base = [{ name: 'ada' }, { name: 'grace' }]

async function usersLane(bench: LaneBench, options: SqliteOptions = {}) {
  await writeFile(join(bench.root, 'schema.sql'), schema)
  const resource = sqlite({ schema: 'schema.sql', ...options })
  const template = await bench.prepare(resource)
  const lane = await bench.lane(resource, template)
  return { resource, template, lane, reset: () => resource.reset(lane.data, lane.context) }
}

describe.each(['wal', 'delete'] as const)('in journal mode %s', (journalMode) => {
  test('connections of this process see the base again', async () => {
    await using bench = await laneBench()
    const { lane, reset } = await usersLane(bench, { journalMode })
    const db = lane.handle.open()
    expect(db.pragma('journal_mode', { simple: true })).toBe(journalMode)
    const names = db.prepare(namesSql)
    db.exec(`INSERT INTO users (name) VALUES ('linus'); DELETE FROM users WHERE name = 'ada'`)
    expect(names.all()).toEqual([{ name: 'grace' }, { name: 'linus' }])
    expect(await reset()).toEqual({ ok: true })
    expect(names.all()).toEqual(base)
    db.exec(`INSERT INTO users (name) VALUES ('linus')`)
    expect(db.prepare('SELECT max(id) FROM users').pluck().get()).toBe(3)
    expect(db.pragma('journal_mode', { simple: true })).toBe(journalMode)
  })

  test('connections and prepared statements of other processes see the base again', async () => {
    await using bench = await laneBench()
    const { lane, reset } = await usersLane(bench, { journalMode })
    await using writer = await sqliteChild(lane.data.path)
    await using reader = await sqliteChild(lane.data.path)
    for (let round = 0; round < 5; round++) {
      expect(await reader.all(namesSql)).toEqual(base)
      await writer.exec(`
        ALTER TABLE users ADD COLUMN age INTEGER;
        CREATE TABLE notes (text);
        INSERT INTO notes SELECT hex(randomblob(400)) FROM users, users, users, users, users;
        DELETE FROM users WHERE name = 'ada';`)
      expect(await reader.all(namesSql)).toEqual([{ name: 'grace' }])
      expect(await reset()).toEqual({ ok: true })
      expect(await reader.all(namesSql)).toEqual(base)
      expect(await writer.all(namesSql)).toEqual(base)
      await expect(reader.all('SELECT * FROM notes')).rejects.toThrow('no such table: notes')
      await writer.exec(`INSERT INTO users (name) VALUES ('linus')`)
      expect(await reader.all('SELECT max(id) AS id FROM users')).toEqual([{ id: 3 }])
      expect(await reset()).toEqual({ ok: true })
    }
  })

  test('an open write transaction is the reason why it fails, at once', async () => {
    await using bench = await laneBench()
    const { lane, reset } = await usersLane(bench, { journalMode })
    await using child = await sqliteChild(lane.data.path)
    await child.exec(`BEGIN; INSERT INTO users (name) VALUES ('linus')`)
    const locked = { ok: false, reason: 'a connection holds an open write transaction' }
    expect(await reset()).toEqual(locked)
    await child.exec('ROLLBACK')
    expect(await reset()).toEqual({ ok: true })
    await child.exec('BEGIN IMMEDIATE')
    expect(await reset()).toEqual(locked)
    await child.exec(`INSERT INTO users (name) VALUES ('linus'); COMMIT`)
    expect(await reset()).toEqual({ ok: true })
    expect(await child.all(namesSql)).toEqual(base)
  })

  test('a connection that is killed in its transaction is not in the way', async () => {
    await using bench = await laneBench()
    const { lane, reset } = await usersLane(bench, { journalMode })
    await using child = await sqliteChild(lane.data.path)
    await child.exec(`PRAGMA cache_size = 1; PRAGMA cache_spill = 1; BEGIN;
      CREATE TABLE big (x); INSERT INTO big WITH RECURSIVE n(v) AS (SELECT 1 UNION ALL SELECT v + 1 FROM n WHERE v < 5000)
      SELECT hex(randomblob(100)) FROM n`)
    await child.kill()
    expect(await reset()).toEqual({ ok: true })
    expect(lane.handle.open().prepare(namesSql).all()).toEqual(base)
  })

  test('an open read transaction that saw changes is the reason why it fails', async () => {
    await using bench = await laneBench()
    const { lane, reset } = await usersLane(bench, { journalMode })
    await using child = await sqliteChild(lane.data.path)
    await child.exec(`INSERT INTO users (name) VALUES ('linus')`)
    await child.step(namesSql)
    const reading = { ok: false, reason: 'a connection holds an open read transaction' }
    expect(await reset()).toEqual(reading)
    await child.finish()
    expect(await reset()).toEqual({ ok: true })
    expect(await child.all(namesSql)).toEqual(base)
  })

  test('a reader that is in the way of a later reset is found as well', async () => {
    await using bench = await laneBench()
    const { lane, reset } = await usersLane(bench, { journalMode })
    await using reader = await sqliteChild(lane.data.path)
    const db = lane.handle.open()
    const reading = { ok: false, reason: 'a connection holds an open read transaction' }
    const write = () => db.exec(`INSERT INTO users (name) VALUES ('linus')`)
    for (const before of ['', 'PRAGMA wal_checkpoint']) {
      for (let round = 0; round < 3; round++) {
        write()
        expect(await reset()).toEqual({ ok: true })
      }
      write()
      db.exec(before)
      await reader.step(namesSql)
      expect(await reset()).toEqual(reading)
      await reader.finish()
      expect(await reset()).toEqual({ ok: true })
      expect(await reader.all(namesSql)).toEqual(base)
    }
  })

  test('connections that never stop reading and writing see whole states only', async () => {
    await using bench = await laneBench()
    const { lane, reset } = await usersLane(bench, { journalMode })
    await using reader = await sqliteChild(lane.data.path)
    await using writer = await sqliteChild(lane.data.path)
    await writer.exec('PRAGMA synchronous = OFF')
    let isOver = false
    const seen = new Set<string>()
    const reading = { ok: false, reason: 'a connection holds an open read transaction' }
    const reads = (async () => {
      while (!isOver) seen.add(JSON.stringify(await reader.all(totalsSql)))
    })()
    for (let round = 0; round < 40; round++) {
      // All or nothing: the sum of the names' lengths tells a state that never was.
      await writer.exec(`BEGIN IMMEDIATE; UPDATE users SET name = name || name;
        INSERT INTO users (name) SELECT printf('%0500d', value) FROM (WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < 30) SELECT value FROM n); COMMIT`)
      let outcome = await reset()
      // A reader that gets no time in the middle of its work is in the way, and nothing else may be.
      for (let more = 0; more < 20 && isDeepStrictEqual(outcome, reading); more++)
        outcome = await reset()
      expect(outcome).toEqual({ ok: true })
      expect(await writer.all(namesSql)).toEqual(base)
    }
    isOver = true
    await reads
    const states = [
      { count: 2, length: 8 },
      { count: 32, length: 15_016 },
    ]
    expect(states.map((state) => JSON.stringify([state]))).toEqual(
      expect.arrayContaining([...seen]),
    )
  })

  test('thousands of pages are restored too', async () => {
    await using bench = await laneBench()
    const { lane, reset } = await usersLane(bench, { journalMode })
    await using reader = await sqliteChild(lane.data.path)
    const db = lane.handle.open()
    db.pragma('synchronous = OFF')
    for (let round = 0; round < 3; round++) {
      expect(await reader.all(namesSql)).toEqual(base)
      db.exec(`INSERT INTO users (name) WITH RECURSIVE n(v) AS (SELECT 1 UNION ALL SELECT v + 1 FROM n WHERE v < 4000)
        SELECT hex(randomblob(800)) FROM n`)
      expect(await reset()).toEqual({ ok: true })
      expect(await reader.all(namesSql)).toEqual(base)
      expect(db.pragma('integrity_check', { simple: true })).toBe('ok')
    }
  })

  test('statements stay prepared unless the schema was touched', async () => {
    await using bench = await laneBench()
    const { lane, reset } = await usersLane(bench, { journalMode })
    const db = lane.handle.open()
    const version = () => db.pragma('schema_version', { simple: true })
    const before = version()
    db.exec(`INSERT INTO users (name) VALUES ('linus')`)
    expect(await reset()).toEqual({ ok: true })
    expect(version()).toBe(before)
    const seen = new Set([before])
    for (let round = 0; round < 3; round++) {
      db.exec(`CREATE TABLE notes (a${round})`)
      seen.add(version())
      expect(await reset()).toEqual({ ok: true })
      seen.add(version())
    }
    expect(seen.size).toBe(7)
    expect(() => db.prepare('SELECT * FROM notes').all()).toThrow('no such table: notes')
  })
})

test.each([
  ['nothing', ''],
  ['a row', `INSERT INTO users (name) VALUES ('linus')`],
  [
    'a row, moved into the file',
    `INSERT INTO users (name) VALUES ('linus'); PRAGMA wal_checkpoint(TRUNCATE)`,
  ],
  [
    'a row in a new WAL',
    `PRAGMA wal_checkpoint(RESTART); INSERT INTO users (name) VALUES ('linus')`,
  ],
  [
    'a row and its end',
    `INSERT INTO users (name) VALUES ('x'); DELETE FROM users WHERE name = 'x'`,
  ],
  ['a row that was taken back', `BEGIN; INSERT INTO users (name) VALUES ('x'); ROLLBACK`],
])('after one reset the next one sees whether %s was written', async (_, sql) => {
  await using bench = await laneBench()
  const { lane, reset } = await usersLane(bench)
  const db = lane.handle.open()
  const dump = databaseDump(db)
  for (let round = 0; round < 3; round++) {
    expect(await reset()).toEqual({ ok: true })
    db.exec(sql)
    expect(await reset()).toEqual({ ok: true })
    expect(databaseDump(db)).toEqual(dump)
  }
  await using child = await sqliteChild(lane.data.path)
  await child.exec(`BEGIN; INSERT INTO users (name) VALUES ('open')`)
  expect(await reset()).toMatchObject({ ok: false })
  await child.exec('COMMIT')
  expect(await reset()).toEqual({ ok: true })
  expect(databaseDump(db)).toEqual(dump)
})

test('what came and went between two resets is seen, and a database nobody touched needs no thread', async () => {
  await using bench = await laneBench()
  const { resource, lane, reset } = await usersLane(bench)
  const noThreads = { run: async () => await Promise.reject(new Error('a thread was asked')) }
  const untouched = async () =>
    await resource.reset(lane.data, { ...lane.context, threads: noThreads })
  const visit = (sql: string): unknown[] => {
    const db = lane.handle.open()
    const before = db.prepare(namesSql).all()
    db.exec(sql)
    db.close()
    return before
  }
  expect(await untouched()).toEqual({ ok: true })
  for (const sql of [
    `INSERT INTO users (name) VALUES ('linus')`,
    `UPDATE users SET name = name || '!'`,
    `DELETE FROM users; VACUUM`,
  ]) {
    expect(visit(sql)).toEqual(base)
    await expect(untouched()).rejects.toThrow('a thread was asked')
    expect(await reset()).toEqual({ ok: true })
    expect(await untouched()).toEqual({ ok: true })
  }
  expect(visit('SELECT 1')).toEqual(base)
})

test('pages come back that were cut off and are not even in the file any more', async () => {
  await using bench = await laneBench()
  const { lane, reset } = await usersLane(bench, {
    seed: (db) => {
      db.exec('CREATE TABLE notes (text)')
      const insert = db.prepare('INSERT INTO notes VALUES (?)')
      for (let note = 0; note < 100; note++) insert.run(String(note).repeat(1_000))
    },
  })
  const app = lane.handle.open()
  const dump = databaseDump(app)
  for (let round = 0; round < 3; round++) {
    app.exec('DELETE FROM notes WHERE rowid > 1')
    app.exec('VACUUM')
    app.pragma('wal_checkpoint(PASSIVE)')
    expect(await reset()).toEqual({ ok: true })
    expect(databaseDump(app)).toEqual(dump)
  }
})

test('a schema that was edited behind the back of SQLite is no longer known to anybody', async () => {
  await using bench = await laneBench()
  const { lane, reset } = await usersLane(bench)
  const db = lane.handle.open()
  db.unsafeMode()
  db.pragma('writable_schema = ON')
  db.exec(
    `UPDATE sqlite_schema SET sql = replace(sql, 'name TEXT', 'nick TEXT') WHERE name = 'users'`,
  )
  const late = lane.handle.open()
  expect(late.prepare('SELECT nick FROM users').all()).toHaveLength(2)
  expect(await reset()).toEqual({ ok: true })
  expect(late.prepare(namesSql).all()).toEqual(base)
})

test('what was made for the lane belongs to its base', async () => {
  await using bench = await laneBench()
  await writeFile(join(bench.root, 'schema.sql'), schema)
  const resource = sqlite({ schema: 'schema.sql' })
  let server: Awaited<ReturnType<typeof sqliteChild>> | undefined
  const lane = await bench.lane(resource, await bench.prepare(resource), async ({ data }) => {
    server = await sqliteChild(data.path)
    await server.exec(`INSERT INTO users (name) VALUES ('instructor')`)
  })
  await using open = server!
  await open.exec(`DELETE FROM users`)
  expect(await resource.reset(lane.data, lane.context)).toEqual({ ok: true })
  expect(await open.all(namesSql)).toEqual([...base, { name: 'instructor' }])

  await open.exec(`INSERT INTO users (name) VALUES ('signed in')`)
  await resource.rebase?.(lane.data, lane.context)
  await open.exec(`DELETE FROM users`)
  expect(await resource.reset(lane.data, lane.context)).toEqual({ ok: true })
  expect(await open.all(namesSql)).toEqual([...base, { name: 'instructor' }, { name: 'signed in' }])
})

test('another page size is undone when no connection is open, and refused otherwise', async () => {
  await using bench = await laneBench()
  const { lane, reset } = await usersLane(bench)
  const db = lane.handle.open()
  const grow = () => {
    const own = lane.handle.open()
    own.pragma('journal_mode = delete')
    own.pragma('page_size = 8192')
    own.exec('VACUUM')
    own.pragma('journal_mode = wal')
    own.prepare(namesSql).all()
    return own
  }
  db.close()
  grow().close()
  expect(await reset()).toEqual({ ok: true })
  const fresh = lane.handle.open()
  expect(fresh.pragma('page_size', { simple: true })).toBe(4096)
  expect(fresh.pragma('journal_mode', { simple: true })).toBe('wal')
  fresh.close()
  const holding = grow()
  expect(await reset()).toEqual({
    ok: false,
    reason: 'the page size was changed and a connection is still open',
  })
  holding.close()
  expect(await reset()).toEqual({ ok: true })
})

test('a file that was replaced, removed or overwritten is named', async () => {
  await using bench = await laneBench()
  const { resource, template, lane, reset } = await usersLane(bench)
  await writeFile(
    lane.data.path,
    'no database at all, but long enough to have a header of its own\n',
  )
  expect(await reset()).toEqual({ ok: false, reason: 'SQLite says: file is not a database' })
  await rename(lane.data.path, `${lane.data.path}.old`)
  expect(await reset()).toEqual({ ok: false, reason: 'the database file was removed' })
  const other = await bench.lane(resource, template)
  await rename(other.data.path, lane.data.path)
  expect(await reset()).toEqual({
    ok: false,
    reason: 'the database file was replaced by another one',
  })
  await rm(`${lane.data.path}.old`)
})

test('the journal mode comes back when nobody keeps the other one', async () => {
  await using bench = await laneBench()
  const { lane, reset } = await usersLane(bench)
  const db = lane.handle.open()
  db.pragma('journal_mode = delete')
  expect(await reset()).toEqual({ ok: true })
  expect(db.prepare(namesSql).all()).toEqual(base)
  expect(db.pragma('journal_mode', { simple: true })).toBe('wal')
})

test('disposing twice is harmless', async () => {
  await using bench = await laneBench()
  const { resource, lane, reset } = await usersLane(bench)
  const context = { ...lane.context, holdings: undefined as never }
  await resource.dispose(lane.data, context)
  await resource.dispose(lane.data, context)
  expect(await reset()).toEqual({ ok: false, reason: 'the database file was removed' })
})

test('what a killed worker left in its WAL costs what it wrote, and leaves a database that needs no thread', async () => {
  await using bench = await laneBench()
  const { resource, lane, reset } = await usersLane(bench)
  const first = lane.handle.open()
  const dump = databaseDump(first)
  first.close()
  const noThreads = { run: async () => await Promise.reject(new Error('a thread was asked')) }
  for (const sql of [
    `INSERT INTO users (name) VALUES ('linus')`,
    `CREATE TABLE notes (text); INSERT INTO notes VALUES (zeroblob(200000))`,
    `PRAGMA page_size = 512; DROP TABLE users`,
    `BEGIN; DELETE FROM users`,
    `SELECT 1 FROM users`,
  ]) {
    await using child = await sqliteChild(lane.data.path)
    await child.exec(sql)
    await child.kill()
    expect(await reset(), sql).toEqual({ ok: true })
    expect(
      await resource.reset(lane.data, { ...lane.context, threads: noThreads }),
      `nobody was there after ${sql}`,
    ).toEqual({ ok: true })
    const db = lane.handle.open()
    expect(databaseDump(db), sql).toEqual(dump)
    expect(db.pragma('integrity_check', { simple: true })).toBe('ok')
    db.close()
  }
})
