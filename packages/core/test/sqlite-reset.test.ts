import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sqlite } from '@isolane/core'
import { expect, test } from 'vitest'
import { laneBench } from './support/lane-bench.ts'

const schema = `
CREATE TABLE users (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE);
INSERT INTO users (name) VALUES ('ada'), ('grace');
`

test('a reset brings back the base while a connection stays open', async () => {
  await using bench = await laneBench()
  await writeFile(join(bench.root, 'schema.sql'), schema)
  const resource = sqlite({ schema: 'schema.sql' })
  const lane = await bench.lane(resource, await bench.prepare(resource))
  const db = lane.handle.open()
  const names = db.prepare('SELECT name FROM users ORDER BY id').pluck()
  db.exec(`INSERT INTO users (name) VALUES ('linus'); DELETE FROM users WHERE name = 'ada'`)
  expect(names.all()).toEqual(['grace', 'linus'])
  expect(await resource.reset(lane.data, lane.context)).toEqual({ ok: true })
  expect(names.all()).toEqual(['ada', 'grace'])
  db.exec(`INSERT INTO users (name) VALUES ('linus')`)
  expect(db.prepare('SELECT max(id) FROM users').pluck().get()).toBe(3)
})
