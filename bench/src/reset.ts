import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { LaneHost } from '@isolane/core/host'
import { compare, median } from './figure.ts'
import type { BenchResult, Figure, Row } from './figure.ts'
import { lanesWith } from './reset-database.ts'
import type { Order, Way } from './reset-worker.ts'

const sizes = [
  { size: '256 KiB', rows: 10, promisedMs: 0.5 },
  { size: '6 MiB', rows: 1_690, promisedMs: 3 },
] as const
const testsPerRound = 20
const others = [
  ['copy', 'copy the file and reopen', 1.5],
  ['delete', 'delete all rows and seed', 0.5],
  ['rebuild', 'run schema and seed again', 0.1],
] as const

/**
 * Resets for `reset: 'test'`: thirty tables, two of them written to, connections of the worker and of an app open. Timed
 * in the worker, from its request to the host's answer. Beside it what suites do today, each without an app, because
 * none of them but the second leaves its connections alone.
 */
export async function reset(rounds: number): Promise<BenchResult> {
  const figures: Figure[] = []
  const tables: Record<string, readonly Row[]> = {}
  for (const { size, rows, promisedMs } of sizes) {
    await using bench = await open(rows)
    const times = new Map<Way, number[]>()
    const arm = (way: Way) => async (): Promise<number> => {
      const timesMs = await bench.run(way)
      times.set(way, [...(times.get(way) ?? []), ...timesMs])
      return timesMs.reduce((sum, ms) => sum + ms)
    }
    const what = `${testsPerRound} resets of ${size}`
    for (const [way, theirs, goal] of others) {
      const arms = { ours: ['reset', arm('reset')], theirs: [theirs, arm(way)] } as const
      figures.push(await compare(what, goal, rounds, arms))
    }
    figures.push(
      await compare(`${what}, nothing written`, 1, rounds, {
        ours: ['unwritten', arm('reset-unwritten')],
        theirs: ['written', arm('reset')],
      }),
    )
    const resets = times.get('reset') ?? []
    figures.push({
      what: `one reset of ${size}, median beside what is promised`,
      ours: 'measured',
      theirs: 'promised',
      ratio: median(resets) / promisedMs,
      goal: 1,
      oursMs: resets,
      theirsMs: [promisedMs],
    })
    const medians: Row[] = [...times].map(([way, ms]) => ({ what: way, medianMs: median(ms) }))
    tables[`One reset of ${size}, median (promised: ${promisedMs} ms)`] = medians
  }
  return { figures, tables }
}

interface Bench extends AsyncDisposable {
  run(way: Way): Promise<number[]>
}

/** Two lanes of their own: one is reset by its host with an app beside it, the other by what its worker does itself. */
async function open(rows: number): Promise<Bench> {
  const root = await mkdtemp(join(tmpdir(), 'isolane-bench-'))
  const host = await LaneHost.start({
    lanes: lanesWith(rows),
    root,
    cacheDir: join(root, 'cache'),
    workers: 2,
    spares: 0,
  })
  const children: ChildProcess[] = []
  const start = async (env: Readonly<Record<string, string>>): Promise<ChildProcess> => {
    const worker = fileURLToPath(new URL('./reset-worker.ts', import.meta.url))
    const child = fork(worker, [String(rows)], { env: { ...process.env, ...env } })
    children.push(child)
    await once(child, 'message')
    return child
  }
  const [first, second] = [await host.acquire({ slot: 1 }), await host.acquire({ slot: 2 })]
  const ours = await start(first.env)
  await start(first.env)
  const theirs = await start(second.env)
  return {
    async run(way) {
      const child = way.startsWith('reset') ? ours : theirs
      child.send({ way, tests: testsPerRound } satisfies Order)
      const answer: unknown[] = await Promise.race([once(child, 'message'), once(child, 'exit')])
      if (!Array.isArray(answer[0])) throw new Error(`The worker ended while it timed "${way}".`)
      return answer[0] as number[]
    },
    async [Symbol.asyncDispose]() {
      for (const child of children) {
        const exited = once(child, 'exit')
        child.disconnect()
        await exited
      }
      await host.close()
      await rm(root, { recursive: true, force: true })
    },
  }
}
