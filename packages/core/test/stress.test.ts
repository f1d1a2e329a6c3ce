import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { Registry } from '@isolane/core/host'
import { expect, onTestFinished, test } from 'vitest'
import { tempCache } from './support/temp-cache.ts'

const entry = fileURLToPath(new URL('./fixtures/port-holder.ts', import.meta.url))

const runs = 4
const leasesPerRun = 500
const killsPerRun = 4
const holdersPerRun = 3
const rangeSize = 20

const slow = { timeout: 240_000 }

/** What came out of one of the concurrent runs, replacements included. */
interface Outcome {
  readonly held: number
  readonly kills: number
  readonly collisions: readonly string[]
}

test('4 runs with 500 leases each, killed at random, never share a port', slow, async () => {
  const cache = tempCache()
  const markers = join(cache, 'markers')
  mkdirSync(markers)
  // Below the default range, where other tests have registries of their own.
  const from = 15_000 + Math.floor(Math.random() * 4000)
  const args = [markers, from, from + rangeSize - 1, holdersPerRun].map(String)

  // What a run says that finds the marker of a killed one. It finds none of a live one.
  const killed = new Set<string>()
  const outcomes = await Promise.all(
    Array.from({ length: runs }, () => keepRunning(cache, args, killed)),
  )

  expect(outcomes.flatMap((outcome) => outcome.collisions)).toEqual([])
  for (const outcome of outcomes) {
    expect(outcome.held).toBeGreaterThanOrEqual(leasesPerRun)
    expect(outcome.kills).toBe(killsPerRun)
  }
  const registry = await Registry.open({ dir: cache })
  onTestFinished(() => registry.close())
  await registry.sweep()
  expect(await registry.runs()).toEqual([])
  expect(await registry.leased('port')).toEqual([])
})

/** Starts a run, replaces it whenever it was killed, until all its leases were held. */
async function keepRunning(
  cache: string,
  args: readonly string[],
  killed: Set<string>,
): Promise<Outcome> {
  const collisions: string[] = []
  let held = 0
  let kills = 0
  while (held < leasesPerRun || kills < killsPerRun) {
    const mayBeKilled = kills < killsPerRun
    const most = leasesPerRun / (killsPerRun + 1)
    const killAfter = mayBeKilled ? 1 + Math.floor(Math.random() * most) : Number.POSITIVE_INFINITY
    // Enough for the kill to come before the end, even when this process is slow to read.
    const wanted = Math.max(leasesPerRun - held, mayBeKilled ? leasesPerRun : 0)
    const child = spawn(process.execPath, [entry, ...args, String(wanted)], {
      env: { ...process.env, ISOLANE_CACHE_DIR: cache },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const ended = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>
    let own = 0
    for await (const line of createInterface({ input: child.stdout })) {
      if (line.startsWith('held ')) own += 1
      else if (!killed.has(line)) collisions.push(line)
      // Holders of several lanes are between lease and release at this moment.
      if (own === killAfter) {
        killed.add(`found ${child.pid}`)
        child.kill('SIGKILL')
      }
    }
    held += own
    const [code, signal] = await ended
    if (signal === 'SIGKILL') kills += 1
    else if (code !== 0) throw new Error(`A run ended with ${code ?? signal}`)
  }
  return { held, kills, collisions }
}
