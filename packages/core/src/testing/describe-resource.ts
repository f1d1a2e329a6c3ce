import assert from 'node:assert/strict'
import { setImmediate as turn } from 'node:timers/promises'
import type { Handles, Lanes, Resources } from '../lanes.ts'
import type { Lane } from '../host/lane.ts'
import type { Resource } from '../resource.ts'
import { settleAll } from '../shared/settle-all.ts'
import { Bench } from './bench.ts'
import { leftOf } from './held.ts'
import type { Held } from './held.ts'
import { laneProcess } from './lane-process.ts'

/**
 * The part of a test runner that the suite uses, so that it depends on none: Vitest's, Jest's and
 * `node:test`'s fit.
 */
export interface SuiteRunner {
  describe(name: string, body: () => void): unknown
  test(name: string, body: () => Promise<void>, timeoutMs?: number): unknown
}

/** How {@link describeResource} looks at a resource. */
export interface DescribeResourceOptions<R extends Resources, Name extends keyof R & string> {
  readonly runner: SuiteRunner
  /** Module that exports the same lanes as `lanes`: other processes import it. */
  readonly module: URL
  /** Name of the resource in the lanes. */
  readonly resource: Name
  /** What two lanes must never have in common: paths, ports, addresses. */
  readonly exclusive: (handle: Handles<R>[Name]) => readonly string[]
  /** Project root, for relative paths in options. Default: the current directory. */
  readonly root?: string
  /** Limit of one test. Default 120000. */
  readonly timeoutMs?: number
}

const holders = 8

/**
 * The conformance suite that every resource passes: exclusive between eight lanes, plain data, the same in every
 * process, reset and dispose as often as one likes, and nothing left behind, however its owner ended.
 *
 * Lanes are made in a cache directory of the suite's own, which is removed afterwards.
 *
 * @param name of the suite.
 * @param lanes lanes with the resource and those it needs.
 * @example
 * ```ts
 * import { port } from '@isolane/core'
 * import { describeResource } from '@isolane/core/testing'
 * import { describe, test } from 'vitest'
 * import { lanes } from './lanes.ts'
 *
 * describeResource('port', lanes, {
 *   runner: { describe, test },
 *   module: new URL('./lanes.ts', import.meta.url),
 *   resource: 'port',
 *   exclusive: ({ number }) => [String(number)],
 * })
 * ```
 */
export function describeResource<R extends Resources, Name extends keyof R & string>(
  name: string,
  lanes: Lanes<R>,
  options: DescribeResourceOptions<R, Name>,
): void {
  const { runner, module, exclusive, timeoutMs = 120_000 } = options
  const { resources } = lanes
  const root = options.root ?? process.cwd()
  const resource = resources[options.resource] as Resource

  const dataOf = (lane: Lane): unknown => lane.file.data[options.resource]

  type Open = (lane: Lane, data?: unknown) => Handles<R>[Name]
  const test = (title: string, body: (bench: Bench, open: Open) => Promise<void>): unknown =>
    runner.test(
      title,
      () =>
        Bench.use({ resources, root }, async (bench) => {
          const hooks: (() => void | Promise<void>)[] = []
          try {
            await body(bench, (lane, data = dataOf(lane)) => {
              const context = { name: options.resource, lane: lane.facts }
              const onClose = (hook: () => void | Promise<void>): void => void hooks.push(hook)
              return resource.open(data, { ...context, onClose }) as Handles<R>[Name]
            })
          } finally {
            await settleAll('Handles did not close', hooks.reverse())
          }
        }),
      timeoutMs,
    )

  runner.describe(`resource ${name}`, () => {
    test(`shares nothing between ${holders} lanes that are made at the same time`, async (bench, open) => {
      const made = Array.from({ length: holders }, (_, at) => bench.lane(at + 1))
      await Promise.all(made.map((lane) => lane.make()))
      const own = made.map((lane) => exclusive(open(lane)))
      for (const one of own) assert.notEqual(one.length, 0, 'a lane has nothing of its own')
      const all = own.flat()
      const shared = all.filter((value, at) => all.indexOf(value) !== at)
      assert.deepEqual(shared, [], 'two lanes share something')
    })

    test('gives plain data, which opens as the same handle here and in another process', async (bench, open) => {
      const lane = bench.lane(1)
      await lane.make()
      const travelled: unknown = JSON.parse(JSON.stringify(dataOf(lane)))
      assert.deepEqual(travelled, dataOf(lane))
      const here = open(lane)
      assert.deepEqual(exclusive(open(lane, travelled)), exclusive(here))
      const there = await laneProcess(['open', module.href, options.resource], { env: lane.env })
      assert.deepEqual(there, JSON.parse(JSON.stringify(here)))
    })

    test('is at its base after a reset, as often as one likes', async (bench, open) => {
      const lane = bench.lane(1)
      await lane.make()
      const before = exclusive(open(lane))
      assert.deepEqual(await lane.reset(), { ok: true })
      assert.deepEqual(await lane.reset(), { ok: true })
      assert.equal(lane.generation, 3)
      assert.deepEqual(exclusive(open(lane)), before)
    })

    test('gives everything back when it is disposed of, as often as one likes', async (bench) => {
      const lane = bench.lane(1)
      await lane.make()
      await bench.dispose(lane)
      await bench.dispose(lane)
      await lane.close()
      assert.deepEqual(await leftOf(bench.held, bench.registry), [])
    })

    test('leaves nothing when its owner is killed and the next run sweeps', async ({
      registry,
    }) => {
      const args = ['own', module.href, registry.dir, root]
      const held = (await laneProcess(args, { kill: true })) as Held[]
      assert.equal((await registry.runs()).length, 2)
      const { left, runs } = await registry.sweep()
      assert.deepEqual({ left, runs }, { left: [], runs: 1 })
      assert.deepEqual(await leftOf(held, registry), [])
    })

    for (const [when, abort] of Object.entries(moments)) {
      test(`leaves nothing when it is given up ${when}`, async (bench) => {
        const { signal, onTaken, onProvision } = abort()
        const watched = watch(resource, onProvision)
        const lane = bench.lane(1, {
          signal,
          resources: { ...resources, [options.resource]: watched },
          ...(onTaken === undefined ? {} : { onTaken }),
        })
        const made = await lane.make().then(
          () => true,
          () => false,
        )
        // What was quicker than the signal is closed like any other.
        if (made) await lane.close()
        assert.deepEqual(await leftOf(bench.held, bench.registry), [])
      })
    }
  })
}

/** The same resource, which may be an instance of a class, and a call whenever it is provisioned. */
function watch(resource: Resource, onProvision: () => void): Resource {
  return new Proxy(resource, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name)
      if (typeof value !== 'function') return value
      return (...args: unknown[]): unknown => {
        if (name === 'provision') onProvision()
        return Reflect.apply(value, target, args)
      }
    },
  })
}

interface Abort {
  readonly signal: AbortSignal
  readonly onProvision: () => void
  readonly onTaken?: () => void
}

const moments: Readonly<Record<string, () => Abort>> = {
  'at once': () => {
    const controller = new AbortController()
    return { signal: controller.signal, onProvision: () => controller.abort() }
  },
  'while it is being made': () => {
    const controller = new AbortController()
    const soon = async (): Promise<void> => {
      await turn()
      controller.abort()
    }
    return { signal: controller.signal, onProvision: () => void soon() }
  },
  'when it has taken something': () => {
    const controller = new AbortController()
    let begun = false
    const onTaken = (): void => {
      if (begun) controller.abort()
    }
    return { signal: controller.signal, onTaken, onProvision: () => void (begun = true) }
  },
}
