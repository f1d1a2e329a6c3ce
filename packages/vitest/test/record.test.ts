import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { project } from './support/project.ts'

interface Line {
  readonly kind: string
  readonly event?: string
  readonly lane?: string
  readonly worker?: string
  readonly slot?: number
  readonly ports?: readonly number[]
  readonly startMs: number
  readonly atMs: number
}

test('a record tells which worker has which lane, and since when', async () => {
  const text = `import { test } from 'vitest'\ntest('is good', () => {})\n`
  const it = await project(
    { 'a.test.ts': text, 'b.test.ts': text, 'c.test.ts': text },
    { ISOLANE_RECORD: 'record.jsonl' },
  )
  const args = ['--reporter=@isolane/flake/vitest-reporter', '--maxWorkers=1']
  const { exitCode, passed, output } = await it.run(...args)
  expect({ exitCode, passed }, output).toEqual({ exitCode: 0, passed: 3 })
  const lines = (await readFile(join(it.dir, 'record.jsonl'), 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line)
  const of = (kind: string, event?: string): Line[] =>
    lines.filter((line) => line.kind === kind && (event === undefined || line.event === event))

  const attempts = of('attempt')
  const leases = of('lane', 'leased')
  expect(leases.map(({ worker, slot }) => [worker, slot])).toEqual([
    ['1', 1],
    ['2', 1],
    ['3', 1],
  ])
  const made = of('lane', 'made')
  for (const [at, { lane, worker, atMs }] of leases.entries()) {
    const attempt = attempts.find((one) => one.worker === worker)
    const start = of('worker', 'started').find((one) => one.worker === worker)
    expect(atMs).toBeLessThanOrEqual(attempt?.startMs ?? 0)
    expect(start?.atMs).toBeLessThanOrEqual(attempt?.startMs ?? 0)
    const own = made.find((one) => one.lane === lane)
    expect(own?.ports, `lane of worker ${at + 1}`).toHaveLength(1)
    expect(own?.atMs).toBeLessThanOrEqual(atMs)
  }
  expect(await it.leftovers()).toEqual([])
})
