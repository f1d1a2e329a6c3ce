import { mkdtemp, mkdir, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { randomUUID } from 'node:crypto'
import { createThreads } from '@isolane/core/host'
import type { LaneFacts, Provisioned, Resource, ResetContext } from '@isolane/core'

/** One lane with one resource in it, in real directories. */
export interface BenchLane<Handle, Data> {
  readonly facts: LaneFacts
  readonly dir: string
  readonly data: Data
  readonly env: Readonly<Record<string, string>>
  /** The resource's handle; closed with the bench. */
  readonly handle: Handle
  readonly context: ResetContext
}

/** Where a resource is tried: a project root, a directory of templates, threads, lanes. */
export interface LaneBench {
  readonly root: string
  readonly templatesDir: string
  /** What resources reported as progress. */
  readonly progress: string[]
  readonly controller: AbortController
  readonly threads: ReturnType<typeof createThreads>
  prepare<Handle, Data, Template>(
    resource: Resource<Handle, Data, Template>,
    options?: { readonly rebuild: boolean },
  ): Promise<Template>
  /** Provisions a lane. `atBase` runs between provisioning and the base, as accounts do. */
  lane<Handle, Data, Template>(
    resource: Resource<Handle, Data, Template>,
    template: Template,
    atBase?: (provisioned: Provisioned<Data>) => void | Promise<void>,
  ): Promise<BenchLane<Handle, Data>>
  [Symbol.asyncDispose](): Promise<void>
}

/** Makes a bench in a temporary directory. Dispose of it with `await using`. */
export async function laneBench(): Promise<LaneBench> {
  const home = await realpath(await mkdtemp(join(tmpdir(), 'isolane-core-')))
  const root = join(home, 'project')
  const templatesDir = join(home, 'templates')
  await mkdir(root)
  await mkdir(templatesDir, { mode: 0o700 })
  const threads = createThreads({ threads: 2 })
  const controller = new AbortController()
  const progress: string[] = []
  const closing: (() => void | Promise<void>)[] = []
  const run = randomUUID()
  let lanes = 0
  return {
    root,
    templatesDir,
    progress,
    controller,
    threads,
    prepare: (resource, { rebuild } = { rebuild: false }) =>
      resource.prepare({
        rebuild,
        name: 'database',
        root,
        templatesDir,
        threads,
        signal: controller.signal,
        locked: oneAtATime(),
        progress: (message) => void progress.push(message),
      }),
    async lane(resource, template, atBase) {
      const number = ++lanes
      const facts: LaneFacts = { id: `lane-${number}`, number, run, dir: join(home, `${number}`) }
      const dir = join(facts.dir, 'database')
      await mkdir(dir, { recursive: true, mode: 0o700 })
      const hooks: (() => Promise<void>)[] = []
      const holdings = {
        lease: () => Promise.resolve(true),
        release: () => Promise.resolve(),
        leased: () => Promise.resolve([]),
        holders: () => Promise.resolve([]),
        started: () => Promise.resolve(),
        ended: () => Promise.resolve(),
      }
      const provisioned = await resource.provision({
        name: 'database',
        root,
        template,
        lane: facts,
        dir,
        env: {},
        above: {},
        threads,
        holdings,
        signal: controller.signal,
        lanesWanted: 1,
        onBase: (hook) => void hooks.push(hook),
      })
      await atBase?.(provisioned)
      for (const hook of hooks) await hook()
      const onClose = (hook: () => void | Promise<void>) => void closing.push(hook)
      const handle = resource.open(provisioned.data, { name: 'database', lane: facts, onClose })
      return {
        facts,
        dir,
        data: provisioned.data,
        env: provisioned.env ?? {},
        handle,
        context: { name: 'database', lane: facts, dir, threads, signal: controller.signal },
      }
    },
    async [Symbol.asyncDispose]() {
      for (const hook of closing) await hook()
      await threads.close()
      await rm(home, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 })
    },
  }
}

const queues = new Map<string, Promise<unknown>>()

/** Machine-wide in a host; here every bench of this process shares the queue. */
function oneAtATime() {
  return <T>(name: string, work: () => Promise<T>): Promise<T> => {
    const turn = (queues.get(name) ?? Promise.resolve()).then(work, work)
    queues.set(
      name,
      turn.catch(() => {}),
    )
    return turn
  }
}
