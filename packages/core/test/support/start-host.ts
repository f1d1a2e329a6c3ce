import { Registry, LaneHost } from '@isolane/core/host'
import type { LaneHostOptions, LaneRow } from '@isolane/core/host'
import type { Lanes } from '@isolane/core'
import { onTestFinished } from 'vitest'
import { tempCache } from './temp-cache.ts'
import { until } from './until.ts'

/** A host of the test's own, closed when the test is over, and what can be seen of it. */
export interface StartedHost {
  readonly host: LaneHost
  readonly cache: string
  readonly messages: readonly string[]
  readonly registry: Registry
  /** Lanes of this run as the registry knows them. */
  lanes(): Promise<LaneRow[]>
  /** Waits until the states of the lanes, in order of their numbers, are these. */
  states(expected: string): Promise<void>
}

/** Starts a host with one worker and one spare unless told otherwise. */
export async function startHost(
  lanes: Lanes,
  options: Partial<LaneHostOptions> = {},
): Promise<StartedHost> {
  const { cacheDir: cache = tempCache(), ...others } = options
  const messages: string[] = []
  const host = await LaneHost.start({
    lanes,
    root: cache,
    cacheDir: cache,
    workers: 1,
    onMessage: (message) => messages.push(message),
    ...others,
  })
  onTestFinished(() => host.close())
  const registry = await Registry.open({ dir: cache })
  onTestFinished(() => registry.close())
  const laneRows = async (): Promise<LaneRow[]> =>
    (await registry.lanes()).filter(({ run }) => run === host.run)
  return {
    host,
    cache,
    messages,
    registry,
    lanes: laneRows,
    states: async (expected) => {
      let seen = ''
      const what = (): string => `lanes are ${expected} (last seen: ${seen})`
      await until(what, async () => {
        seen = (await laneRows()).map(({ number, state }) => `${number} ${state}`).join(', ')
        return seen === expected
      })
    },
  }
}
