/**
 * Random schemas, random writes by several connections, a reset, and the database is its base again, byte for byte.
 *
 * `ISOLANE_CASES=1000` tries so many schemas in each journal mode, `ISOLANE_FIRST_SEED=17` begins with another one.
 */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sqlite } from '@isolane/core'
import type { Database } from 'better-sqlite3'
import { expect, test } from 'vitest'
import { databaseDump, databasePages } from './support/database-dump.ts'
import { laneBench } from './support/lane-bench.ts'
import type { LaneBench } from './support/lane-bench.ts'
import { randomSchema, randomWrite, randomWrites } from './support/random-database.ts'
import { seededRandom } from './support/random.ts'
import type { Random } from './support/random.ts'
import { sqliteChild } from './support/sqlite-child.ts'

const schemas = Number(process.env['ISOLANE_CASES'] ?? 12)
const firstSeed = Number(process.env['ISOLANE_FIRST_SEED'] ?? 1)
const rounds = 5

test.each(['wal', 'delete'] as const)(
  'whatever is written in journal mode %s, the base is back',
  { timeout: 60_000 + schemas * 2_000 },
  async (journalMode) => {
    await using bench = await laneBench()
    for (let seed = firstSeed; seed < firstSeed + schemas; seed++) {
      expect(await tryOut(bench, journalMode, seed)).toBe(rounds)
    }
  },
)

/** Gives the number of resets after which everything was as before. */
async function tryOut(
  bench: LaneBench,
  journalMode: 'wal' | 'delete',
  seed: number,
): Promise<number> {
  const random = seededRandom(seed)
  await writeFile(join(bench.root, 'schema.sql'), randomSchema(random))
  const resource = sqlite({ schema: 'schema.sql', journalMode })
  const lane = await bench.lane(resource, await bench.prepare(resource))
  using connections = new Connections(() => lane.handle.open(), random)
  let base = connections.visit(stateOf)
  // An app server of this process, another process, a test's own connection: each there or not.
  const app = random.chance(0.7) ? connections.open() : undefined
  await using child = random.chance(0.15) ? await sqliteChild(lane.data.path) : undefined
  await child?.exec('PRAGMA synchronous = OFF')
  let process = child
  let own: Database | undefined
  let resets = 0
  for (let round = 1; round <= rounds; round++) {
    const at = `seed ${seed}, round ${round}, journal mode ${journalMode}`
    if (random.chance(0.4)) {
      own?.close()
      own = random.chance(0.6) ? connections.open() : undefined
    }
    for (let turn = random.below(5); turn > 0; turn--) {
      if (own !== undefined && random.chance(0.6)) randomWrites(own, random)
      else connections.visit((visitor) => randomWrites(visitor, random))
      const sql = connections.visit((visitor) => randomWrite(visitor, random))
      // A shape may refuse it, and leave a transaction open that the next statement ends.
      const other = process
      await other?.exec(sql).catch(() => other.exec('ROLLBACK').catch(() => {}))
      if (random.chance(0.5)) app?.prepare('SELECT count(*) FROM sqlite_schema').get()
    }
    if (random.chance(0.1)) {
      await resource.rebase?.(lane.data, lane.context)
      base = connections.visit(stateOf)
      if (random.chance(0.7)) connections.visit((visitor) => randomWrites(visitor, random))
    }
    if (process !== undefined && random.chance(0.2)) {
      await process.kill()
      process = undefined
    }
    expect(await resource.reset(lane.data, lane.context), at).toEqual({ ok: true })
    for (const db of [app, own]) {
      // A connection keeps free pages as it likes: nobody ever reads their content.
      const state = db === undefined ? base : { ...stateOf(db), pages: base.pages }
      expectSame(state, base, at)
    }
    expectSame(connections.visit(stateOf), base, at)
    const counted = await process?.all('SELECT count(*) AS objects FROM sqlite_schema')
    expect(counted ?? [{ objects: base.objects }], at).toEqual([{ objects: base.objects }])
    resets += 1
  }
  await resource.dispose(lane.data, { ...lane.context, holdings: undefined as never })
  return resets
}

interface State {
  readonly dump: unknown
  readonly pages: Buffer
  readonly objects: number
  readonly integrity: unknown
  readonly brokenKeys: unknown
}

function stateOf(db: Database): State {
  return {
    dump: databaseDump(db),
    pages: databasePages(db),
    objects: db.prepare<[], number>('SELECT count(*) FROM sqlite_schema').pluck().get() ?? 0,
    integrity: db.pragma('integrity_check'),
    brokenKeys: db.pragma('foreign_key_check'),
  }
}

function expectSame({ pages, ...state }: State, { pages: basePages, ...base }: State, at: string) {
  expect(state, at).toEqual(base)
  expect(state.integrity, at).toEqual([{ integrity_check: 'ok' }])
  expect(pages.equals(basePages), `the pages of ${at}`).toBe(true)
}

/** Connections to one database, each with other settings; closed together. */
class Connections implements Disposable {
  readonly #all: Database[] = []
  readonly #open: () => Database
  readonly #random: Random

  constructor(open: () => Database, random: Random) {
    this.#open = open
    this.#random = random
  }

  open(): Database {
    const db = this.#open()
    const random = this.#random
    this.#all.push(db)
    db.pragma('synchronous = OFF')
    db.pragma(`foreign_keys = ${random.chance(0.7) ? 'ON' : 'OFF'}`)
    if (random.chance(0.3)) db.pragma(`wal_autocheckpoint = ${random.pick([1, 20, 100])}`)
    if (random.chance(0.2)) db.pragma('cache_size = 2')
    if (random.chance(0.2)) db.pragma('mmap_size = 1000000')
    return db
  }

  visit<Result>(work: (db: Database) => Result): Result {
    const db = this.open()
    try {
      return work(db)
    } finally {
      db.close()
    }
  }

  [Symbol.dispose](): void {
    for (const db of this.#all) db.close()
  }
}
