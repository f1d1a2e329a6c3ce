import { existsSync, mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import {
  interceptForks,
  keptApart,
  keptApartLine,
  openSandboxes,
  partsLine,
} from '@isolane/core/host'
import type { LaneHost, Sandboxes, SandboxSettings, WorkerFootprint } from '@isolane/core/host'
import type { FullConfig } from '@playwright/test'

/** The entry of every worker since 1.60; the process that lists tests for UI mode has another one. */
const workerEntry = /[\\/]playwright[\\/]lib[\\/]worker[\\/]workerProcessEntry\.js$/

/** What the sandboxes of a run are opened with. */
export interface WorkerSandboxesOptions {
  readonly settings: SandboxSettings
  readonly config: FullConfig
  readonly host: LaneHost
  readonly onMessage: (message: string) => void
}

/** The sandboxes of the workers that this process forks from now on. */
export class WorkerSandboxes {
  readonly #options: WorkerSandboxesOptions
  readonly #sandboxes: Sandboxes
  readonly #release: () => void
  readonly #workers: WorkerFootprint[] = []

  /** Undefined where sandboxes cannot be had, after a message that says why. */
  static open(options: WorkerSandboxesOptions): WorkerSandboxes | undefined {
    const { settings, config, host, onMessage } = options
    const outputs = outputDirectories(config)
    for (const path of outputs) mkdirSync(path, { recursive: true })
    const root = projectRoot(config)
    // A browser with a window finds its display there.
    const shared = [...outputs, '/tmp/.X11-unix'].filter((path) => existsSync(path))
    const sandboxes = openSandboxes({ settings, root, host, shared, later: true, onMessage })
    if (sandboxes === undefined) return undefined
    onMessage(partsLine(sandboxes.settings.parts))
    return new WorkerSandboxes(options, sandboxes)
  }

  private constructor(options: WorkerSandboxesOptions, sandboxes: Sandboxes) {
    this.#options = options
    this.#sandboxes = sandboxes
    const { config, host } = options
    this.#release = interceptForks(({ modulePath }) => {
      if (!workerEntry.test(modulePath)) return undefined
      // UI mode clears it between runs.
      for (const path of outputDirectories(config)) mkdirSync(path, { recursive: true })
      const sandbox = this.#sandboxes.enter()
      let project: string | undefined
      return {
        sandbox,
        onStart: (child) => {
          const send = child.send.bind(child) as (...args: unknown[]) => boolean
          child.send = (...args: unknown[]) => {
            project ??= projectOf(args[0])
            return send(...args)
          }
        },
        // What a setup project has made is there for others: a stored session, say.
        keep: () => (isSetup(project, config) ? ['**'] : []),
        onEnd: (footprint) => {
          const own = host.leases.map(({ name }) => name)
          this.#workers.push({ name: `worker ${sandbox.id}`, footprint, own })
        },
      }
    })
  }

  /** Lets the servers of a lane that is made by now through to workers that run already. */
  async update(): Promise<void> {
    await this.#sandboxes.update()
  }

  /** Says what was kept apart, and removes every layer. Workers have ended by then. */
  async close(): Promise<void> {
    this.#release()
    if (this.#workers.length > 0) {
      this.#options.onMessage(keptApartLine(keptApart(this.#sandboxes.root, this.#workers)))
    }
    await this.#sandboxes.close()
  }
}

/** Traces, videos and attachments: reporters copy them when a test ends, and each lies in a directory of its test. */
function outputDirectories(config: FullConfig): readonly string[] {
  return [...new Set(config.projects.map(({ outputDir }) => outputDir))]
}

/** True for a project that others depend on. Ids are names, with a number behind those that are given twice. */
function isSetup(id: string | undefined, { projects }: FullConfig): boolean {
  return projects.some(({ dependencies }) => dependencies.some((name) => name === id))
}

/** The id of the project that the first message to a worker says it works for. */
function projectOf(message: unknown): string | undefined {
  const { method, params } = message as {
    method?: string
    params?: { runnerParams?: { projectId?: string } }
  }
  return method === '__init__' ? params?.runnerParams?.projectId : undefined
}

/** The directory of the package that the config file belongs to. */
function projectRoot({ configFile }: FullConfig): string {
  const start = configFile === undefined ? process.cwd() : dirname(configFile)
  for (let at = start; ; at = dirname(at)) {
    if (existsSync(join(at, 'package.json'))) return at
    if (at === dirname(at)) return start
  }
}
