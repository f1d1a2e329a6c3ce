import { existsSync, statSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sqlite } from '@isolane/core'
import type { SqliteOptions } from '@isolane/core'
import { expect, test } from 'vitest'
import { laneBench } from './support/lane-bench.ts'
import type { LaneBench } from './support/lane-bench.ts'
import { sqliteChild } from './support/sqlite-child.ts'

const namesSql = 'SELECT name FROM users ORDER BY id'

async function usersLane(bench: LaneBench, options: SqliteOptions = {}) {
  await writeFile(
    join(bench.root, 'schema.sql'),
    'CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT);',
  )
  const resource = sqlite({
    schema: 'schema.sql',
    seed: (db) => {
      db.exec(`INSERT INTO users (name) VALUES ('ada')`)
    },
    ...options,
  })
  const lane = await bench.lane(resource, await bench.prepare(resource))
  const reset = async (fresh: boolean) =>
    await resource.reset(lane.data, { ...lane.context, fresh })
  return { lane, reset }
}

test.each(['wal', 'delete'] as const)(
  'a fresh file takes the place of one that nobody has open, journal mode %s',
  async (journalMode) => {
    await using bench = await laneBench()
    const { lane, reset } = await usersLane(bench, { journalMode })
    const { path } = lane.data
    for (let round = 0; round < 3; round++) {
      const before = bornAt(path)
      const db = lane.handle.open()
      db.exec(`PRAGMA journal_mode = DELETE; PRAGMA page_size = 8192; VACUUM; PRAGMA user_version = 7;
        DROP TABLE users; CREATE TABLE notes (text); PRAGMA journal_mode = WAL; INSERT INTO notes VALUES ('x')`)
      db.close()
      expect(await reset(true)).toEqual({ ok: true })
      expect(bornAt(path)).not.toBe(before)
      expect(existsSync(`${path}-wal`)).toBe(false)
      const fresh = lane.handle.open()
      expect(fresh.prepare(namesSql).pluck().all()).toEqual(['ada'])
      expect(fresh.pragma('page_size', { simple: true })).toBe(4096)
      expect(fresh.pragma('user_version', { simple: true })).toBe(0)
      expect(fresh.pragma('journal_mode', { simple: true })).toBe(journalMode)
      // In place again: the new file is known.
      fresh.exec(`INSERT INTO users (name) VALUES ('grace')`)
      expect(await reset(false)).toEqual({ ok: true })
      expect(fresh.prepare(namesSql).pluck().all()).toEqual(['ada'])
      fresh.close()
    }
  },
)

test('what is left of a database does not hinder a fresh file', async () => {
  await using bench = await laneBench()
  const { lane, reset } = await usersLane(bench)
  await writeFile(
    lane.data.path,
    'no database at all, but long enough to be taken for one by a careless reader',
  )
  await writeFile(`${lane.data.path}-wal`, 'nor a WAL')
  expect(await reset(true)).toEqual({ ok: true })
  expect(lane.handle.open().prepare(namesSql).pluck().all()).toEqual(['ada'])
})

test('a connection that is still open is the reason why there is no fresh file', async () => {
  await using bench = await laneBench()
  const { lane, reset } = await usersLane(bench)
  await using child = await sqliteChild(lane.data.path)
  expect(await child.all(namesSql)).toEqual([{ name: 'ada' }])
  const before = bornAt(lane.data.path)
  expect(await reset(true)).toEqual({
    ok: false,
    reason:
      'a connection to the database is still open, and a new file can only take the place of one that nobody uses',
  })
  expect(bornAt(lane.data.path)).toBe(before)
  await child.kill()
  expect(await reset(true)).toEqual({ ok: true })
})

/** Says more than the number of a file, which the next one may have. */
function bornAt(path: string): string {
  const { ino, birthtimeNs } = statSync(path, { bigint: true })
  return `${ino} ${birthtimeNs}`
}
