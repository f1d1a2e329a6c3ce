import { compare } from './figure.ts'
import type { BenchResult } from './figure.ts'
import { testFiles } from './test-files.ts'
import { VitestProject } from './vitest-project.ts'

const files = 60
const templateMiB = 100
const fileMs = 250

/**
 * 60 files that each take 250 ms. Ours gives every file a fresh copy of a database of 100 MiB; theirs, in the same pool,
 * has no database at all. The files wait, as those of a server's tests do: a copy is made while they wait.
 */
export async function fresh(rounds: number): Promise<BenchResult> {
  await using project = await VitestProject.make(freshFiles(), files)
  const arm = (database: '0' | '1') => async (): Promise<number> => {
    return await project.time(['--pool=isolated'], { env: { BENCH_DATABASE: database } })
  }
  return {
    figures: [
      await compare(
        `${files} files of ${fileMs} ms, ${templateMiB} MiB fresh for each`,
        1.02,
        rounds,
        {
          ours: ['a fresh database', arm('1')],
          theirs: ['no database', arm('0')],
        },
      ),
    ],
  }
}

function freshFiles(): Record<string, string> {
  const text = `
import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { lanes } from './lanes.ts'
test('takes its time', async () => {
  const { database } = lanes.current()
  if (database !== undefined) {
    const db = database.open()
    expect(db.prepare('select count(*) from notes where name is not null').pluck().get()).toBe(0)
    db.prepare("update notes set name = 'seen' where id = 1").run()
  }
  await delay(${fileMs})
})
`
  return {
    'lanes.ts': `
import { defineLanes, sqlite } from '@isolane/core'
export const lanes = defineLanes(process.env.BENCH_DATABASE === '1' ? {
  database: sqlite({
    seed: (db) => {
      db.exec('create table notes (id integer primary key, name text, content blob)')
      const insert = db.prepare('insert into notes (content) values (randomblob(100000))')
      db.transaction(() => { for (let note = 0; note < ${templateMiB * 10.5}; note++) insert.run() })()
      db.exec('create index named on notes (name)')
    },
  }),
} : {})
`,
    'vitest.config.ts': `
import { isolated } from '@isolane/vitest'
import { lanes } from './lanes.ts'
export default { plugins: [isolated(lanes)], test: { include: ['*.test.ts'] } }
`,
    ...testFiles(files, text),
  }
}
