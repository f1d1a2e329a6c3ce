import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { defineLanes } from '@isolane/core'
import { expect, test } from 'vitest'
import { hostProcess } from './support/host-process.ts'
import { expectRequests } from './support/lock-queue.ts'
import { startHost } from './support/start-host.ts'
import { tempCache } from './support/temp-cache.ts'

const entry = fileURLToPath(new URL('./fixtures/diner.ts', import.meta.url))

const runs = 2
const dinersPerRun = 4
const mealsPerDiner = 60
const killsPerDiner = 2

/** What came of one place at the table, replacements included. */
interface Outcome {
  readonly meals: number
  readonly kills: number
  readonly overlaps: readonly string[]
}

test('8 processes of 2 runs, killed at random, never hold one lock together, and none starves', async () => {
  const cache = tempCache()
  const markers = join(cache, 'markers')
  mkdirSync(markers)
  const outcomes = (
    await Promise.all(Array.from({ length: runs }, () => keepRunning(cache, markers)))
  ).flat()

  expect(outcomes.flatMap(({ overlaps }) => overlaps)).toEqual([])
  for (const { meals, kills } of outcomes) {
    expect(meals).toBeGreaterThanOrEqual(mealsPerDiner)
    expect(kills).toBeGreaterThanOrEqual(killsPerDiner)
  }
  // The last runs were killed too: the next one of any project finds nothing of theirs.
  await startHost(defineLanes({}), { cacheDir: cache, spares: 0 })
  await expectRequests(cache, 0)
}, 120_000)

/** A run whose main process is killed once, together with whatever its processes hold, and again at the end. */
async function keepRunning(cache: string, markers: string): Promise<Outcome[]> {
  const total: { meals: number; kills: number; overlaps: string[] }[] = Array.from(
    { length: dinersPerRun },
    () => ({ meals: 0, kills: 0, overlaps: [] }),
  )
  for (const killHostAfter of [dinersPerRun * 10, Number.POSITIVE_INFINITY]) {
    const host = await hostProcess(cache)
    const env = { ISOLANE_RUN: basename(host.runDir), ISOLANE_HOST: host.runDir }
    let meals = 0
    let ending = false
    const onMeal = (): void => {
      meals += 1
      if (meals === killHostAfter) {
        ending = true
        void host.kill()
      }
    }
    await Promise.all(
      total.map(async (place) => {
        while (!ending && (place.meals < mealsPerDiner || place.kills < killsPerDiner)) {
          const own = await dine({ ...process.env, ...env }, markers, {
            killAfter: place.kills < killsPerDiner ? 1 + Math.floor(Math.random() * 20) : undefined,
            onMeal,
          })
          place.meals += own.meals
          place.kills += own.kills
          place.overlaps.push(...own.overlaps)
          if (own.failed && !ending) throw new Error('A diner ended without being killed')
        }
      }),
    )
    await host.kill()
  }
  return total
}

/** One process, until it was killed or had enough. */
async function dine(
  env: NodeJS.ProcessEnv,
  markers: string,
  { killAfter, onMeal }: { killAfter: number | undefined; onMeal: () => void },
): Promise<Outcome & { readonly failed: boolean }> {
  // Enough for the kill to come before the end, even when this process is slow to read.
  const wanted = killAfter === undefined ? mealsPerDiner : mealsPerDiner * 10
  const child = spawn(process.execPath, [entry, markers, String(wanted)], {
    env,
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const ended = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>
  const overlaps: string[] = []
  let meals = 0
  for await (const line of createInterface({ input: child.stdout })) {
    if (line !== 'meal') {
      overlaps.push(line)
      continue
    }
    meals += 1
    onMeal()
    // It is somewhere between asking and giving back at this moment.
    if (meals === killAfter) child.kill('SIGKILL')
  }
  const [code, signal] = await ended
  const killed = signal === 'SIGKILL'
  return { meals, kills: killed ? 1 : 0, overlaps, failed: !killed && code !== 0 }
}
