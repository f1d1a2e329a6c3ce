import { basename } from 'node:path'
import { defineLanes } from '@isolane/core'
import { identify } from '@isolane/core/host'
import { expect, test } from 'vitest'
import { hostProcess } from './support/host-process.ts'
import type { HostProcess } from './support/host-process.ts'
import { locker } from './support/locker.ts'
import { expectRequests } from './support/lock-queue.ts'
import { startHost } from './support/start-host.ts'
import { tempCache } from './support/temp-cache.ts'
import { until } from './support/until.ts'
import { watchdogOf } from './support/watchdog-of.ts'

const lanes = defineLanes({})

/** The variables of a process of this run. */
function envOf({ runDir }: HostProcess): Readonly<Record<string, string>> {
  return { ISOLANE_RUN: basename(runDir), ISOLANE_HOST: runDir }
}

test('is the same lock in every run of the machine, in the order of all who ask', async () => {
  const cacheDir = tempCache()
  const [one, two] = await Promise.all([
    startHost(lanes, { cacheDir, spares: 0 }),
    startHost(lanes, { cacheDir, spares: 0 }),
  ])
  const envs = [one.host.env, two.host.env, one.host.env, two.host.env]
  const [a, b, c, d] = await Promise.all(envs.map((env) => locker(env)))
  const held = await a!.lock('billing')
  await expect(b!.lock('billing', { timeoutMs: 0 })).rejects.toThrow(
    new RegExp(`by pid ${a!.pid}, run ${one.host.run.slice(0, 8)} of `),
  )
  const order: string[] = []
  const asked = []
  for (const [name, process] of Object.entries({ b: b!, c: c!, d: d! })) {
    const own = process.ask('billing')
    own.granted.then(
      () => order.push(name),
      () => undefined,
    )
    asked.push(own)
    await expectRequests(cacheDir, asked.length + 1)
  }
  await held.release()
  for (const own of asked) {
    await own.granted
    await own.release()
  }
  expect(order).toEqual(['b', 'c', 'd'])

  // A run that ends gives back what it held, and those who wait for it are woken.
  await a!.lock(['billing', 'stock'])
  const last = d!.ask('stock')
  await expectRequests(cacheDir, 2)
  await one.host.close()
  await last.granted
})

test('is freed when a run is killed, once its processes have ended', async () => {
  const cacheDir = tempCache()
  const killed = await hostProcess(cacheDir)
  const holder = await locker(envOf(killed))
  const { host } = await startHost(lanes, { cacheDir, spares: 0 })
  const waiter = await locker(host.env)
  await holder.lock('billing')
  const asked = waiter.ask('billing')
  await expectRequests(cacheDir, 2)
  await killed.kill()
  await asked.granted
  // Elsewhere than on Linux the processes of a dead run are not found by its id.
  const lives = (await identify(holder.pid)) !== undefined
  expect(lives && process.platform === 'linux').toBe(false)
})

test.skipIf(process.platform !== 'linux')(
  'is freed by whoever waits when nobody else is left to do it',
  async () => {
    const cacheDir = tempCache()
    const killed = await hostProcess(cacheDir)
    const holder = await locker(envOf(killed))
    const { host } = await startHost(lanes, { cacheDir, spares: 0 })
    const waiter = await locker(host.env)
    await holder.lock('billing')
    const asked = waiter.ask('billing')
    await expectRequests(cacheDir, 2)
    const watchdog = watchdogOf(basename(killed.runDir))!
    process.kill(watchdog, 'SIGKILL')
    await until('the watchdog is dead', async () => (await identify(watchdog)) === undefined)
    await Promise.all([killed.kill(), holder.kill()])
    await asked.granted
  },
)
