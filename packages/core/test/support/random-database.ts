import type { Database } from 'better-sqlite3'
import type { Random } from './random.ts'

const shapes: readonly ((name: string) => string)[] = [
  (name) => `CREATE TABLE ${name} (id INTEGER PRIMARY KEY AUTOINCREMENT, a TEXT, b REAL);`,
  (name) => `CREATE TABLE ${name} (a TEXT, b REAL);`,
  (name) => `CREATE TABLE ${name} (a TEXT PRIMARY KEY, b BLOB) WITHOUT ROWID;`,
  (name) => `CREATE TABLE ${name} (a TEXT, b INTEGER, PRIMARY KEY (a, b)) STRICT;`,
  (name) =>
    `CREATE TABLE ${name} (id INTEGER PRIMARY KEY, a TEXT, b INT, c AS (b * 2) STORED, d AS (a || b));
     CREATE INDEX ${name}_a ON ${name} (a, b DESC); CREATE UNIQUE INDEX ${name}_d ON ${name} (d, id);`,
  (name) =>
    `CREATE TABLE ${name} (a TEXT COLLATE NOCASE CHECK (length(a) > 0), b REAL DEFAULT 7);
     CREATE INDEX ${name}_some ON ${name} (b) WHERE b > 500; CREATE INDEX ${name}_of ON ${name} (upper(a));`,
  (name) =>
    `CREATE TABLE ${name} (id INTEGER PRIMARY KEY, a BLOB, b REAL);
     INSERT INTO ${name} (a, b) VALUES (printf('%020000d', 7), 1), (zeroblob(3000), 2);`,
  (name) => `CREATE VIRTUAL TABLE ${name} USING fts5(a, b);`,
  (name) => `CREATE VIRTUAL TABLE ${name} USING fts4(a, b);`,
  (name) => `CREATE VIRTUAL TABLE ${name} USING rtree(id, a, b);`,
  (name) =>
    `CREATE TABLE ${name} (id INTEGER PRIMARY KEY, a TEXT, b REAL);
     CREATE VIRTUAL TABLE ${name}_words USING fts5(a, content = '${name}', content_rowid = 'id');
     CREATE TRIGGER ${name}_new AFTER INSERT ON ${name} BEGIN
       INSERT INTO ${name}_words (rowid, a) VALUES (new.id, new.a); END;
     CREATE TRIGGER ${name}_old AFTER DELETE ON ${name} BEGIN
       INSERT INTO ${name}_words (${name}_words, rowid, a) VALUES ('delete', old.id, old.a); END;`,
  (name) =>
    `CREATE TABLE ${name} (a TEXT, b REAL); CREATE TABLE ${name}_log (at INTEGER PRIMARY KEY AUTOINCREMENT, what TEXT);
     CREATE TRIGGER ${name}_seen AFTER INSERT ON ${name} BEGIN INSERT INTO ${name}_log (what) VALUES (new.a); END;`,
  (name) =>
    `CREATE TABLE ${name} (id INTEGER PRIMARY KEY, a TEXT, b INT UNIQUE);
     CREATE TABLE ${name}_parts (owner INT REFERENCES ${name} ON DELETE CASCADE, b INT REFERENCES ${name} (b) ON UPDATE CASCADE);
     CREATE TRIGGER ${name}_part AFTER INSERT ON ${name} BEGIN INSERT INTO ${name}_parts VALUES (new.id, new.b); END;`,
]

/** SQL of a small schema with some rows. */
export function randomSchema(random: Random): string {
  const names = Array.from({ length: 1 + random.below(5) }, (_, index) => `t${index}`)
  const settings = [`PRAGMA user_version = ${random.below(100)};`]
  if (random.chance(0.3)) settings.unshift(`PRAGMA page_size = ${random.pick([512, 1024, 8192])};`)
  if (random.chance(0.3)) {
    settings.unshift(`PRAGMA auto_vacuum = ${random.pick(['FULL', 'INCREMENTAL'])};`)
  }
  if (random.chance(0.1)) settings.unshift(`PRAGMA encoding = 'UTF-16le';`)
  const tables = names.map((name) => random.pick(shapes)(name))
  const rows = names.flatMap((name) =>
    Array.from({ length: random.below(12) }, () => insert(name, random)),
  )
  const views = random.chance(0.3) ? ['CREATE VIEW all_of_t0 AS SELECT * FROM t0;'] : []
  const statistics = random.chance(0.2) ? ['ANALYZE;'] : []
  return [...settings, ...tables, ...rows, ...views, ...statistics].join('\n')
}

/** Does a few random things that a test might do, some of which fail. */
export function randomWrites(db: Database, random: Random): void {
  for (let step = 1 + random.below(15); step > 0; step--) {
    try {
      db.exec(randomWrite(db, random))
    } catch (error) {
      // A shape may refuse a statement: that is part of the chance.
      if (!(error instanceof Error && error.name === 'SqliteError')) throw error
      if (db.inTransaction) db.exec('ROLLBACK')
    }
  }
}

/** One thing a test might do, as SQL for the database that `db` has open. */
export function randomWrite(db: Database, random: Random): string {
  const tables = db
    .prepare<[], string>(
      `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name NOT LIKE '%\\_%' ESCAPE '\\'`,
    )
    .pluck()
    .all()
  const name = tables.length === 0 ? 't0' : random.pick(tables)
  switch (random.below(23)) {
    case 0:
      return `DELETE FROM ${name}`
    case 1:
      return `DELETE FROM ${name} WHERE rowid % 2`
    case 2:
      return `UPDATE ${name} SET b = ${random.below(1000)}`
    case 3:
      return `CREATE TABLE extra${random.below(50)} (x); INSERT INTO extra0 VALUES (1)`
    case 4:
      return `DROP TABLE ${name}`
    case 5:
      return `ALTER TABLE ${name} ADD COLUMN d${random.below(50)} TEXT DEFAULT 'x'`
    case 6:
      return `ALTER TABLE ${name} RENAME TO r${random.below(50)}`
    case 7:
      return 'VACUUM'
    case 8:
      return `PRAGMA user_version = ${random.below(1000)}; PRAGMA application_id = ${random.below(9)}`
    case 9:
      return `UPDATE sqlite_sequence SET seq = 99`
    case 10:
      return `INSERT INTO ${name} (a, b) SELECT printf('%030d', value * 7919), value FROM (WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < ${50 + random.below(400)}) SELECT value FROM n)`
    case 11:
      return `BEGIN; ${insert(name, random)} ROLLBACK`
    case 12:
      return `PRAGMA wal_checkpoint(${random.pick(['PASSIVE', 'FULL', 'RESTART', 'TRUNCATE'])})`
    case 13:
      return `PRAGMA incremental_vacuum(${random.below(5)})`
    case 14:
      return `CREATE INDEX i${random.below(50)} ON ${name} (b); ANALYZE`
    case 15:
      return `DROP TRIGGER IF EXISTS ${name}_seen; DROP INDEX IF EXISTS ${name}_a; CREATE VIEW v${random.below(9)} AS SELECT * FROM ${name}`
    case 16:
      return `UPDATE ${name} SET a = printf('%${random.pick([9, 900, 9_000])}d', b) WHERE rowid <= 3`
    case 18:
      return `PRAGMA journal_mode = ${random.pick(['WAL', 'DELETE', 'TRUNCATE', 'PERSIST', 'MEMORY'])}`
    case 19:
      return `INSERT INTO ${name} (a, b) VALUES (zeroblob(${random.pick([5_000, 70_000, 300_000])}), ${random.below(1000)})`
    case 20:
      return `PRAGMA auto_vacuum = ${random.pick(['NONE', 'FULL', 'INCREMENTAL'])}; VACUUM`
    case 17:
      return `INSERT INTO ${name} (${name}) VALUES ('optimize')`
    default:
      return insert(name, random)
  }
}

function insert(name: string, random: Random): string {
  return `INSERT OR IGNORE INTO ${name} (a, b) VALUES ('v${random.below(1000)}', ${random.below(1000)});`
}
