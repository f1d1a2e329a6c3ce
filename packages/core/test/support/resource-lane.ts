import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { Registry } from '@isolane/core/host'
import type {
  DisposeContext,
  Env,
  OpenContext,
  Provisioned,
  Resource,
  ResetContext,
} from '@isolane/core'
import { onTestFinished } from 'vitest'

/** A lane in a registry, for the verbs of one resource at a time. */
export interface ResourceLane {
  readonly id: string
  readonly registry: Registry
  provision<Handle, Data, Template>(
    resource: Resource<Handle, Data, Template>,
    env?: Env,
  ): Promise<Provisioned<Data> & { readonly handle: Handle }>
  /** What `reset` and `dispose` take. */
  readonly context: ResetContext & DisposeContext
}

const threads = {
  run: () => Promise.reject(new Error('This resource uses no threads.')),
}

/** A lane of a new run of this process. */
export async function resourceLane(cache: string, number = 1): Promise<ResourceLane> {
  const registry = await Registry.open({ dir: cache })
  const run = randomUUID()
  const runDir = await registry.addRun({ id: run, root: process.cwd() })
  const id = `${run.slice(0, 8)}-${number}`
  onTestFinished(async () => {
    await registry.endRun(run)
    await registry.close()
  })
  const lane = { id, number, run, dir: join(runDir, 'lanes', id) }
  const holdings = registry.holdings({ run, lane: id })
  const { signal } = new AbortController()
  const shared = { name: 'it', root: process.cwd(), threads, signal, lane, dir: lane.dir }
  return {
    id,
    registry,
    context: { ...shared, holdings },
    async provision(resource, env = {}) {
      const template = await resource.prepare({
        ...shared,
        templatesDir: join(cache, 'templates'),
        locked: (name, work) => registry.locked(name, work),
        progress: () => {},
      })
      const provisioned = await resource.provision({
        ...shared,
        template,
        env,
        above: {},
        holdings,
        lanesWanted: 1,
        onBase: () => {},
      })
      const opening: OpenContext = { name: 'it', lane, onClose: () => {} }
      return { ...provisioned, handle: resource.open(provisioned.data, opening) }
    },
  }
}
