import { copyFile, mkdir, readFile, readdir, stat, truncate, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isIsolaneError, sqlite } from '@isolane/core'
import type { IsolaneError, SqliteOptions } from '@isolane/core'
import { identify } from '@isolane/core/host'
import Database from 'better-sqlite3'
import { describe, expect, test } from 'vitest'
import { laneBench } from './support/lane-bench.ts'
import type { LaneBench } from './support/lane-bench.ts'
import { sqliteChild } from './support/sqlite-child.ts'

async function project(files: Record<string, string> = {}): Promise<LaneBench> {
  const bench = await laneBench()
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(bench.root, name)), { recursive: true })
    await writeFile(join(bench.root, name), text)
  }
  return bench
}

async function failure(bench: LaneBench, options: SqliteOptions): Promise<IsolaneError> {
  const thrown = await bench.prepare(sqlite(options)).catch((error: unknown) => error)
  expect(await readdir(bench.templatesDir)).toEqual([])
  if (!isIsolaneError(thrown)) throw new Error('no error of Isolane', { cause: thrown })
  return thrown
}

function rows(path: string, sql: string): unknown[] {
  const db = new Database(path, { readonly: true })
  try {
    return db.prepare(sql).pluck().all()
  } finally {
    db.close()
  }
}

const prepare = (bench: LaneBench, options: SqliteOptions) => bench.prepare(sqlite(options))

describe('what a template is made from', () => {
  test('without options it is an empty database', async () => {
    await using bench = await project()
    const resource = sqlite()
    const lane = await bench.lane(resource, await bench.prepare(resource))
    const { url, path } = lane.handle
    expect(lane.env).toEqual({ DATABASE_URL: url, DATABASE_PATH: path })
    expect(fileURLToPath(lane.handle.url)).toBe(lane.handle.path)
    const db = lane.handle.open()
    expect(db.prepare('SELECT count(*) FROM sqlite_schema').pluck().get()).toBe(0)
    db.exec('CREATE TABLE t (x)')
    expect(await resource.reset(lane.data, lane.context)).toEqual({ ok: true })
    expect(db.prepare('SELECT count(*) FROM sqlite_schema').pluck().get()).toBe(0)
  })

  test('schema files in order, then the command, then the seed', async () => {
    await using bench = await project({
      'b.sql': 'CREATE TABLE steps (n INTEGER PRIMARY KEY, who TEXT);',
      'a.sql': `INSERT INTO steps (who) VALUES ('schema');`,
      'migrate.mjs': `
        import { DatabaseSync } from 'node:sqlite'
        import { fileURLToPath } from 'node:url'
        const path = fileURLToPath(process.env.MY_DB)
        if (path !== process.env.MY_DB_PATH) throw new Error(path)
        const db = new DatabaseSync(path)
        db.exec("PRAGMA journal_mode = WAL; INSERT INTO steps (who) VALUES ('migrate')")
        process.exit(0)`,
    })
    const template = await prepare(bench, {
      schema: ['b.sql', 'a.sql'],
      migrate: 'node --no-warnings migrate.mjs',
      env: 'MY_DB',
      seed: async (db) => {
        await Promise.resolve()
        db.exec(`INSERT INTO steps (who) VALUES ('seed')`)
      },
    })
    expect(rows(template.path, 'SELECT who FROM steps ORDER BY n')).toEqual([
      'schema',
      'migrate',
      'seed',
    ])
    expect(template.proof).toEqual({ tables: [{ name: 'steps', rows: 3 }] })
    expect(await readdir(dirname(template.path))).toEqual(['template.db', 'template.json'])
  })

  test('an existing database, with what is still in its WAL, and nothing is left beside it', async () => {
    await using bench = await project()
    const from = join(bench.root, 'dev.db')
    const db = new Database(from)
    db.exec(`PRAGMA journal_mode = WAL; CREATE TABLE t (x); INSERT INTO t VALUES ('in the file')`)
    db.close()
    const closed = await prepare(bench, { from: 'dev.db' })
    expect(rows(closed.path, 'SELECT x FROM t')).toEqual(['in the file'])
    expect(await readdir(bench.root)).toEqual(['dev.db'])

    await using app = await sqliteChild(from)
    await app.exec(`INSERT INTO t VALUES ('in the WAL')`)
    const open = await prepare(bench, { from: 'dev.db' })
    expect(rows(open.path, 'SELECT x FROM t')).toEqual(['in the file', 'in the WAL'])
    expect(open.hash).not.toBe(closed.hash)
    await app.exec(`INSERT INTO t VALUES ('still usable')`)
    await app.kill()
    const crashed = await prepare(bench, { from: 'dev.db' })
    expect(rows(crashed.path, 'SELECT count(*) FROM t')).toEqual([3])
  })

  test.skipIf(process.platform !== 'linux')(
    'an existing database that this process has open keeps its locks',
    async () => {
      await using bench = await project()
      for (const mode of ['wal', 'delete']) {
        const from = join(bench.root, `${mode}.db`)
        const db = new Database(from)
        db.exec(`PRAGMA journal_mode = ${mode}; CREATE TABLE t (x); INSERT INTO t VALUES (1)`)
        const reading = db.prepare('SELECT x FROM t').pluck().iterate()
        reading.next()
        const { ino } = await stat(from)
        const locked = async (): Promise<boolean> =>
          (await readFile('/proc/locks', 'latin1')).includes(`:${ino} `)
        expect(await locked()).toBe(true)
        const template = await prepare(bench, { from: `${mode}.db` })
        expect(rows(template.path, 'SELECT x FROM t')).toEqual([1])
        expect(await locked()).toBe(true)
        reading.return?.()
        db.close()
      }
    },
  )

  test('a database that was copied without its WAL is not taken for a full one', async () => {
    await using bench = await project()
    await using app = await sqliteChild(await emptyDatabase(join(bench.root, 'dev.db')))
    await app.exec(`PRAGMA journal_mode = WAL; CREATE TABLE t (x); INSERT INTO t VALUES (1)`)
    const template = await prepare(bench, { from: 'dev.db' })
    expect(template.proof.tables).toEqual([{ name: 't', rows: 1 }])
    await copyFile(join(bench.root, 'dev.db'), join(bench.root, 'torn.db'))
    const torn = await prepare(bench, { from: 'torn.db' })
    expect(torn.proof.tables).toEqual([])
  })
})

async function emptyDatabase(path: string): Promise<string> {
  await writeFile(path, '')
  return path
}

describe('finding it again', () => {
  test('the same content is built once, whoever asks and how many at once', async () => {
    await using bench = await project({ 'schema.sql': 'CREATE TABLE t (x);' })
    const found = await Promise.all(
      Array.from({ length: 5 }, () => prepare(bench, { schema: 'schema.sql' })),
    )
    expect(new Set(found.map(({ path }) => path)).size).toBe(1)
    await prepare(bench, { schema: ['schema.sql'], journalMode: 'delete', env: 'OTHER' })
    expect(bench.progress).toEqual(['database: building the database template (schema.sql)'])
    expect(await readdir(bench.templatesDir)).toHaveLength(1)
  })

  test('every input decides', async () => {
    await using bench = await project({
      'schema.sql': 'CREATE TABLE t (x);',
      'more.sql': 'CREATE TABLE u (x);',
      'migrations/001/up.sql': 'SELECT 1',
      'helper.ts': 'export {}',
    })
    const hashes: string[] = []
    const add = async (options: SqliteOptions) => hashes.push((await prepare(bench, options)).hash)
    const inputs = ['migrations', '*.ts']
    const migrate = 'true'
    await add({})
    await add({ schema: 'schema.sql' })
    await add({ schema: ['schema.sql', 'more.sql'] })
    await add({ schema: ['more.sql', 'schema.sql'] })
    await add({ schema: 'schema.sql', seed: () => {} })
    await add({ schema: 'schema.sql', seed: (db) => void db.exec('INSERT INTO t VALUES (1)') })
    await add({ migrate, inputs })
    await add({ migrate: 'true && true', inputs })
    await writeFile(join(bench.root, 'migrations/001/up.sql'), 'SELECT 2')
    await add({ migrate, inputs })
    await writeFile(join(bench.root, 'migrations/002.sql'), 'SELECT 2')
    await add({ migrate, inputs })
    await writeFile(join(bench.root, 'helper.ts'), 'export const a = 1')
    await add({ migrate, inputs })
    await writeFile(join(bench.root, 'schema.sql'), 'CREATE TABLE t (x, y);')
    await add({ schema: 'schema.sql' })
    expect(new Set(hashes).size).toBe(hashes.length)
    const built = bench.progress.length
    await add({ migrate, inputs })
    expect(bench.progress).toHaveLength(built)
  })

  test('a command whose inputs nobody named runs again in every run', async () => {
    await using bench = await project()
    const first = await prepare(bench, { migrate: 'true' })
    const second = await prepare(bench, { migrate: 'true' })
    expect(first.hash).not.toBe(second.hash)
  })

  test('one that is built anew at wish is found by later runs; those that use the old one keep it', async () => {
    await using bench = await project({ 'schema.sql': 'CREATE TABLE t (x);' })
    const resource = sqlite({ schema: 'schema.sql' })
    expect(resource.inputs).toEqual(['schema.sql'])
    const old = await bench.prepare(resource)
    const anew = await bench.prepare(resource, { rebuild: true })
    expect(anew.hash).not.toBe(old.hash)
    expect(await bench.prepare(resource)).toEqual(anew)
    expect(bench.progress).toHaveLength(2)
    expect(rows(old.path, 'SELECT count(*) FROM t')).toEqual([0])
    expect((await bench.prepare(resource, { rebuild: true })).hash).not.toBe(anew.hash)
  })

  test('what is half made is thrown away', async () => {
    await using bench = await project({ 'schema.sql': 'CREATE TABLE t (x);' })
    const { path, hash } = await prepare(bench, { schema: 'schema.sql' })
    const dir = dirname(path)
    await truncate(join(dir, 'template.json'), 20)
    await mkdir(`${dir}.0123abcd`)
    await writeFile(`${dir}.0123abcd/template.db`, 'half')
    const again = await prepare(bench, { schema: 'schema.sql' })
    expect(again.path).toBe(path)
    expect(await readdir(bench.templatesDir)).toEqual([hash])
    expect(rows(path, 'SELECT count(*) FROM t')).toEqual([0])
    expect(bench.progress).toHaveLength(2)
  })

  test('files are private and the template is read-only', async () => {
    await using bench = await project()
    const resource = sqlite()
    const template = await bench.prepare(resource)
    const lane = await bench.lane(resource, template)
    const mode = async (path: string) => ((await stat(path)).mode & 0o777).toString(8)
    if (process.platform === 'win32') return
    expect(await mode(dirname(template.path))).toBe('700')
    expect(await mode(template.path)).toBe('400')
    expect(await mode(join(dirname(template.path), 'template.json'))).toBe('600')
    expect(await mode(lane.data.path)).toBe('600')
  })
})

describe('what goes wrong', () => {
  test('a schema file that is missing', async () => {
    await using bench = await project()
    const error = await failure(bench, { schema: 'db/schema.sql' })
    expect(error.code).toBe('ISOLANE_TEMPLATE')
    expect(error.message.replace(bench.root, '<root>')).toMatchInlineSnapshot(`
      "The file "db/schema.sql" of sqlite({ schema }) does not exist; looked at <root>/db/schema.sql.
      Hint: correct the path in sqlite({ schema }); it starts at the project root."
    `)
  })

  test('a schema file that does not parse', async () => {
    await using bench = await project({
      'schema.sql': [
        '-- tables; all of them',
        "CREATE TABLE a (x TEXT DEFAULT 'one;two');",
        '/* a trigger; with a body */',
        'CREATE TRIGGER t AFTER INSERT ON a BEGIN',
        "  UPDATE a SET x = CASE WHEN x = ';' THEN 1 ELSE 2 END;",
        '  SELECT 1;',
        'END;',
        'CREATE TABLE b (',
        '  x TEXT,',
        ');',
        'CREATE TABLE c (x);',
      ].join('\n'),
    })
    const error = await failure(bench, { schema: 'schema.sql' })
    expect(error.code).toBe('ISOLANE_TEMPLATE')
    expect(error.details).toMatchObject({ file: 'schema.sql', line: 8 })
    expect(error.message).toMatchInlineSnapshot(`
      "schema.sql:8: near ")": syntax error
        CREATE TABLE b (
      Hint: correct the SQL in schema.sql."
    `)
  })

  test('a statement that fails on rows of an earlier file', async () => {
    await using bench = await project({
      'schema.sql': 'CREATE TABLE a (x UNIQUE); INSERT INTO a VALUES (1);',
      'data.sql': '\n\nINSERT INTO a VALUES (2);\nINSERT INTO a VALUES (1);\n',
    })
    const error = await failure(bench, { schema: ['schema.sql', 'data.sql'] })
    expect(error.message).toMatchInlineSnapshot(`
      "data.sql:4: UNIQUE constraint failed: a.x
        INSERT INTO a VALUES (1);
      Hint: correct the SQL in data.sql."
    `)
  })

  test('a schema that leaves a transaction open or breaks foreign keys', async () => {
    await using bench = await project({
      'open.sql': 'BEGIN; CREATE TABLE a (x);',
      'keys.sql': `CREATE TABLE a (id INTEGER PRIMARY KEY); CREATE TABLE b (a REFERENCES a (id));
        INSERT INTO b VALUES (1), (2); INSERT INTO a VALUES (1);`,
    })
    const open = await failure(bench, { schema: 'open.sql' })
    expect(open.message).toMatchInlineSnapshot(`
      "The SQL file open.sql leaves a transaction open.
      Hint: end it with COMMIT, or remove its BEGIN: open.sql needs no transaction."
    `)
    const keys = await failure(bench, { schema: 'keys.sql' })
    expect(keys.message).toMatchInlineSnapshot(`
      "Rows of the database template point to rows that are not there (1):
        b row 2 -> a
      Hint: insert the rows they point to, or remove the rows."
    `)
  })

  test('a seed that throws, at once or later', async () => {
    await using bench = await project()
    const cause = new RangeError('no such term')
    for (const seed of [
      () => {
        throw cause
      },
      async () => {
        await Promise.resolve()
        throw cause
      },
    ]) {
      const error = await failure(bench, { seed })
      expect(error.code).toBe('ISOLANE_TEMPLATE')
      expect(error.cause).toBe(cause)
      expect(error.message).toContain(
        'The seed function of sqlite({ seed }) threw: no such term\n    at ',
      )
      expect(error.message).toContain('sqlite-template.test.ts')
    }
  })

  test('a seed that leaves a transaction or a connection open, or closes its own', async () => {
    await using bench = await project()
    const open = await failure(bench, { seed: (db) => void db.exec('BEGIN; CREATE TABLE a (x)') })
    expect(open.message).toContain('left a transaction open')
    const closed = await failure(bench, { seed: (db) => void db.close() })
    expect(closed.message).toContain('closed its connection')
    let other: InstanceType<typeof Database> | undefined
    const still = await failure(bench, {
      seed: (db) => {
        db.exec('PRAGMA journal_mode = WAL; CREATE TABLE a (x)')
        other = new Database(db.name)
        other.exec('BEGIN; SELECT * FROM a')
        other.prepare('SELECT * FROM a').get()
      },
    })
    other?.close()
    expect(still.message).toContain('is still in use after its migration and seed')
  })

  test('a command that fails shows its output', async () => {
    await using bench = await project({
      'migrate.mjs': `console.log('up 001'); console.error('no such column: email'); process.exit(7)`,
    })
    const error = await failure(bench, { migrate: 'node migrate.mjs' })
    expect(error.code).toBe('ISOLANE_TEMPLATE')
    expect(error.details).toMatchObject({ exitCode: 7 })
    expect(error.message.replace(bench.root, '<root>')).toMatchInlineSnapshot(`
      "The command of sqlite({ migrate }) ended with exit code 7: node migrate.mjs
        up 001
        no such column: email
      Hint: run it by hand in <root> with DATABASE_URL=file:/tmp/try.db to see it fail."
    `)
    const missing = await failure(bench, { migrate: 'no-such-command-anywhere' })
    expect(missing.message).toContain('ended with exit code 127')
  })

  const startsAnother = `
    import { spawn } from 'node:child_process'
    import { writeFileSync } from 'node:fs'
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit' })
    writeFileSync('pids', process.pid + ' ' + child.pid)
    process.on('SIGTERM', () => {})
    setInterval(() => {}, 1000)`

  async function pids(bench: LaneBench): Promise<number[]> {
    for (const deadline = Date.now() + 20_000; Date.now() < deadline;) {
      const text = await readFile(join(bench.root, 'pids'), 'utf8').catch(() => '')
      if (/^\d+ \d+$/.test(text)) return text.split(' ').map(Number)
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    throw new Error('the command did not start')
  }

  const running = async (pids: number[]) =>
    (await Promise.all(pids.map(identify))).filter((found) => found !== undefined)

  test('a command that takes too long is ended with all it started', async () => {
    await using bench = await project({ 'migrate.mjs': startsAnother })
    const error = await failure(bench, { migrate: 'node migrate.mjs', migrateTimeoutMs: 6_000 })
    expect(error.message).toContain('did not end within 6000 ms: node migrate.mjs')
    expect(await running(await pids(bench))).toEqual([])
  })

  test('a run that is cancelled ends the command with all it started', async () => {
    await using bench = await project({ 'migrate.mjs': startsAnother })
    const reason = new Error('cancelled')
    const preparing = prepare(bench, { migrate: 'node migrate.mjs' }).then(
      () => undefined,
      (error: unknown) => error,
    )
    const started = await pids(bench)
    bench.controller.abort(reason)
    expect(await preparing).toBe(reason)
    expect(await running(started)).toEqual([])
    expect(await readdir(bench.templatesDir)).toEqual([])
  })

  test('what is not a database, or not there', async () => {
    await using bench = await project({
      'text.db': 'this is only text, but longer than a header of SQLite\n'.repeat(20),
    })
    const text = await failure(bench, { from: 'text.db' })
    expect(text.message).toContain('file is not a database')
    const missing = await failure(bench, { from: 'missing.db' })
    expect(missing.message).toContain('The file "missing.db" of sqlite({ from }) does not exist')
    const inputs = await failure(bench, { migrate: 'true', inputs: ['nothing/**'] })
    expect(inputs.code).toBe('ISOLANE_OPTION')
  })

  test('a template that was changed by hand is not handed out', async () => {
    await using bench = await project({
      'schema.sql': 'CREATE TABLE t (x); INSERT INTO t VALUES (1);',
    })
    const resource = sqlite({ schema: 'schema.sql' })
    const template = await bench.prepare(resource)
    const wrong = { ...template, proof: { tables: [{ name: 't', rows: 2 }] } }
    const lost = await bench.lane(resource, wrong).catch((error: unknown) => error)
    expect(lost).toMatchObject({ code: 'ISOLANE_CLONE' })
    expect((lost as Error).message).toContain('table "t" has 1 rows instead of 2')
  })

  test('journal files of an earlier holder are not replayed into a new copy', async () => {
    await using bench = await project({ 'schema.sql': 'CREATE TABLE t (x);' })
    const resource = sqlite({ schema: 'schema.sql' })
    const template = await bench.prepare(resource)
    const lane = await bench.lane(resource, template)
    await using app = await sqliteChild(lane.data.path)
    await app.exec(`PRAGMA wal_autocheckpoint = 0; INSERT INTO t VALUES (1)`)
    await app.kill()
    expect((await stat(`${lane.data.path}-wal`)).size).toBeGreaterThan(0)
    const context = {
      name: 'database',
      root: bench.root,
      template,
      lane: lane.facts,
      dir: lane.dir,
      env: {},
      above: {},
      threads: bench.threads,
      holdings: undefined as never,
      signal: bench.controller.signal,
      lanesWanted: 1,
      onBase: () => {},
    }
    const { data } = await resource.provision(context)
    expect(rows(data.path, 'SELECT count(*) FROM t')).toEqual([0])
  })
})

test.each<[string, unknown]>([
  ['an unknown name', { shcema: 'a.sql' }],
  ['a wrong type', { schema: 3 }],
  ['a wrong mode', { journalMode: 'WAL' }],
  ['two beginnings', { from: 'a.db', schema: 'a.sql' }],
  ['a bad variable', { env: 'MY-DB' }],
  ['one variable for two', { pathEnv: 'DATABASE_URL' }],
  ['a bad deadline', { migrateTimeoutMs: 0 }],
])('an option that is wrong: %s', (_, options) => {
  expect(() => sqlite(options as SqliteOptions)).toThrowErrorMatchingSnapshot()
})
