import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { sqlite } from '@isolane/core'
import { expect, test } from 'vitest'
import { laneBench } from './support/lane-bench.ts'
import type { LaneBench } from './support/lane-bench.ts'

async function project(...schemas: string[]): Promise<LaneBench> {
  const bench = await laneBench()
  for (const name of schemas) await writeFile(join(bench.root, name), `CREATE TABLE "${name}" (x)`)
  return bench
}

const longAgo = new Date(Date.now() - 15 * 24 * 60 * 60 * 1_000)

/** Has a template look as if nobody had asked for it since. */
async function forget({ path }: { readonly path: string }): Promise<void> {
  await utimes(join(dirname(path), 'template.json'), longAgo, longAgo)
}

test('old ones go, used ones stay, strangers are left alone', async () => {
  await using bench = await project('a.sql', 'b.sql', 'c.sql')
  const old = await bench.prepare(sqlite({ schema: 'a.sql' }))
  const used = await bench.prepare(sqlite({ schema: 'b.sql' }))
  for (const template of [old, used]) await forget(template)
  await mkdir(join(bench.templatesDir, 'postgres-1'))
  await mkdir(join(bench.templatesDir, 'a'.repeat(40)))
  await utimes(join(bench.templatesDir, 'a'.repeat(40)), longAgo, longAgo)
  await bench.prepare(sqlite({ schema: 'b.sql' }))
  const fresh = await bench.prepare(sqlite({ schema: 'c.sql' }))
  expect((await readdir(bench.templatesDir)).sort()).toEqual(
    ['a'.repeat(40), 'postgres-1', used.hash, fresh.hash].sort(),
  )
})

test.each([{ schema: 'a.sql' }, { migrate: 'true' }])(
  'one that a lane has stays, however long the run: %j',
  async (options) => {
    await using bench = await project('a.sql', 'b.sql', 'c.sql')
    const resource = sqlite(options)
    const template = await bench.prepare(resource)
    const first = await bench.lane(resource, template)
    await forget(template)
    await bench.prepare(sqlite({ schema: 'b.sql' }))

    const db = first.handle.open()
    db.exec('CREATE TABLE left_by_test (x)')
    expect(await resource.reset(first.data, first.context)).toEqual({ ok: true })
    db.close()
    const second = await bench.lane(resource, template)
    for (const { data, dir, facts } of [first, second]) {
      const holdings = undefined as never
      await resource.dispose(data, { name: 'database', lane: facts, dir, holdings })
      expect(await readdir(dir)).toEqual([])
    }
    await bench.prepare(sqlite({ schema: 'c.sql' }))
    expect(await readdir(bench.templatesDir)).not.toContain(template.hash)
  },
)
