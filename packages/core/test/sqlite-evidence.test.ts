import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { sqlite } from '@isolane/core'
import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import { openCommand } from '../src/resources/sqlite/open-command.ts'
import { laneBench } from './support/lane-bench.ts'
import { sqliteChild } from './support/sqlite-child.ts'

const schema = `
CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT COLLATE NOCASE, photo BLOB);
CREATE TABLE sessions (token TEXT PRIMARY KEY, user INTEGER) WITHOUT ROWID;
CREATE TABLE grades (student TEXT, course TEXT, grade ANY, PRIMARY KEY (student, course));
CREATE TABLE measures (id INTEGER PRIMARY KEY, value ANY) STRICT;
INSERT INTO measures VALUES (1, 1), (2, 'x');
CREATE TABLE events (what TEXT);
CREATE TABLE odd (rowid TEXT, _rowid_ TEXT, oid TEXT COLLATE NOCASE);
CREATE VIRTUAL TABLE notes USING fts5(body);
CREATE TABLE totals (a INTEGER, b AS (a * 2) STORED);
INSERT INTO users (name) VALUES ('ada'), ('grace'), ('linus');
INSERT INTO sessions VALUES ('s1', 1);
INSERT INTO grades VALUES ('ada', 'logic', 1), (NULL, 'logic', 2);
INSERT INTO events VALUES ('start'), ('start');
INSERT INTO odd VALUES ('a', 'b', 'c'), ('a', 'b', 'c');
INSERT INTO notes VALUES ('one'), ('two');
INSERT INTO totals VALUES (1), (2);
`

async function failedTest(sql: string, before = schema) {
  const bench = await laneBench()
  try {
    await writeFile(join(bench.root, 'schema.sql'), before)
    const resource = sqlite({ schema: 'schema.sql' })
    const lane = await bench.lane(resource, await bench.prepare(resource))
    const db = lane.handle.open()
    db.exec(sql)
    db.close()
    const into = join(bench.root, 'kept')
    const evidence = () => resource.evidence!(lane.data, { ...lane.context, into })
    const end = () => bench[Symbol.asyncDispose]()
    return { resource, lane, into, evidence, [Symbol.asyncDispose]: end }
  } catch (error) {
    await bench[Symbol.asyncDispose]()
    throw error
  }
}

test('rows are named by what happened to them', async () => {
  await using failed = await failedTest(`
    INSERT INTO users (name, photo) VALUES ('margaret', x'00ff00');
    UPDATE users SET name = 'ADA' WHERE id = 1;
    UPDATE users SET photo = x'01' WHERE id = 2;
    DELETE FROM users WHERE id = 3;
    INSERT INTO sessions VALUES ('s2', 4);
    UPDATE measures SET value = 1.0 WHERE id = 1;
    UPDATE grades SET grade = 3 WHERE student IS NULL;
    DELETE FROM events WHERE rowid = 1;
    INSERT INTO odd VALUES ('a', 'b', 'c'), ('a', 'b', 'C');
    UPDATE notes SET body = 'three' WHERE body = 'two';
    UPDATE totals SET a = 5 WHERE a = 2;
  `)
  const evidence = await failed.evidence()
  expect(evidence?.summary).toMatchInlineSnapshot(
    `"events -1, grades ~1, measures ~1, notes ~1, odd +2, sessions +1, and 2 more"`,
  )
  expect(evidence?.detail).toMatchInlineSnapshot(`
    "events -1
      - rowid=1 what='start'

    grades ~1
      ~ student=NULL course='logic' grade: 2 -> 3

    measures ~1
      ~ id=1 value: 1 -> 1.0

    notes ~1
      ~ rowid=2 body: 'two' -> 'three'

    odd +2
      + rowid='a' _rowid_='b' oid='C'
      + rowid='a' _rowid_='b' oid='c'

    sessions +1
      + token='s2' user=4

    totals ~1
      ~ rowid=2 a: 2 -> 5

    users +1 ~2 -1
      + id=4 name='margaret' photo=<3 bytes>
      ~ id=1 name: 'ada' -> 'ADA'
      ~ id=2 photo: NULL -> <1 bytes>
      - id=3 name='linus' photo=NULL"
  `)
})

test('changes of the schema are named', async () => {
  await using failed = await failedTest(`
    CREATE TABLE extra (x);
    CREATE INDEX by_name ON users (name);
    ALTER TABLE sessions ADD COLUMN since TEXT;
    DROP TABLE events;
  `)
  const evidence = await failed.evidence()
  expect(evidence?.summary).toMatchInlineSnapshot(
    `"schema: ~table sessions +table extra +index by_name -table events"`,
  )
})

test('nothing changed', async () => {
  await using failed = await failedTest('UPDATE users SET name = name')
  const evidence = await failed.evidence()
  expect(evidence?.summary).toBe('nothing changed')
  expect(evidence?.detail).toBeUndefined()
})

test('values cannot steer the terminal and long ones are cut', async () => {
  await using failed = await failedTest(
    `
    INSERT INTO "evil\u001b[2J" VALUES ('a' || char(27) || '[31mred' || char(10) || 'next' || char(0x202e));
    INSERT INTO "evil\u001b[2J" VALUES ('${'long '.repeat(100)}');`,
    'CREATE TABLE "evil\u001b[2J" (text TEXT)',
  )
  const evidence = await failed.evidence()
  expect(evidence?.summary).toMatchInlineSnapshot(`"evil\\u{1b}[2J +2"`)
  expect(evidence?.detail).toMatchInlineSnapshot(`
    "evil\\u{1b}[2J +2
      + rowid=1 text='a\\u{1b}[31mred\\nnext\\u{202e}'
      + rowid=2 text='long long long long long long long long long long long long …' (500 characters)"
  `)
})

test('many rows are counted and the first of them shown', async () => {
  await using failed = await failedTest(
    `INSERT INTO events WITH RECURSIVE n(v) AS (SELECT 1 UNION ALL SELECT v + 1 FROM n WHERE v < 1000) SELECT v FROM n`,
  )
  const evidence = await failed.evidence()
  expect(evidence?.summary).toBe('events +1000')
  expect(evidence?.detail?.split('\n')).toHaveLength(7)
  expect(evidence?.detail).toContain('… 995 more')
})

test('the kept copy is private, complete and needs no WAL', async () => {
  await using failed = await failedTest(`INSERT INTO users (name) VALUES ('kept')`)
  const { kept } = (await failed.evidence())!
  expect(kept?.path).toBe(join(failed.into, 'database.db'))
  expect((await stat(kept!.path)).mode & 0o777).toBe(0o600)
  expect((await readFile(kept!.path))[18]).toBe(1)
  const copy = new Database(kept!.path, { readonly: true })
  expect(copy.prepare('SELECT max(name) FROM users').pluck().get()).toBe('linus')
  expect(copy.prepare('SELECT count(*) FROM users').pluck().get()).toBe(4)
  expect(copy.pragma('integrity_check', { simple: true })).toBe('ok')
  copy.close()
  failed.lane.handle.open().exec('DELETE FROM users')
  await failed.evidence()
  const again = new Database(kept!.path, { readonly: true })
  expect(again.prepare('SELECT count(*) FROM users').pluck().get()).toBe(0)
  again.close()
})

test('an open transaction does not prevent it, a lock is named', async () => {
  await using failed = await failedTest(`INSERT INTO users (name) VALUES ('kept')`)
  await using child = await sqliteChild(failed.lane.data.path)
  await child.exec(`BEGIN IMMEDIATE; INSERT INTO users (name) VALUES ('not yet')`)
  expect((await failed.evidence())?.summary).toBe('users +1')
  await child.exec('ROLLBACK; PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE')
  expect(await failed.evidence()).toEqual({
    summary: 'the database could not be kept: a connection holds a lock on it',
  })
})

test('the base of the lane is what it is compared with', async () => {
  await using failed = await failedTest(`INSERT INTO users (name) VALUES ('account')`)
  await failed.resource.rebase!(failed.lane.data, failed.lane.context)
  failed.lane.handle.open().exec(`INSERT INTO users (name) VALUES ('test')`)
  expect((await failed.evidence())?.summary).toBe('users +1')
})

test.skipIf(process.platform === 'win32')(
  'the open command works with and without sqlite3',
  async () => {
    await using failed = await failedTest(`INSERT INTO users (name) VALUES ('it''s')`)
    const { kept } = (await failed.evidence())!
    const command = openCommand(kept!.path, '')
    expect(command).toMatch(/^node --no-warnings -i -e '/)
    const shell = spawn('sh', ['-c', command], { stdio: ['pipe', 'pipe', 'inherit'] })
    const ended = once(shell, 'exit')
    shell.stdin.end(`sql("SELECT name FROM users WHERE id = 4")[0].name\n.exit\n`)
    expect(await text(shell.stdout)).toContain(`"it's"`)
    expect((await ended)[0]).toBe(0)

    const bin = join(failed.into, 'bin')
    expect(openCommand(kept!.path, bin)).toMatch(/^node /)
    await promisify(execFile)('sh', [
      '-c',
      `mkdir ${bin} && printf '#!/bin/sh\n' > ${bin}/sqlite3 && chmod +x ${bin}/sqlite3`,
    ])
    expect(openCommand(`/tmp/it's here.db`, bin)).toBe(`sqlite3 '/tmp/it'\\''s here.db'`)
  },
)
