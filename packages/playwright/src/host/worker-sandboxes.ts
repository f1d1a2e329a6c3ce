import { existsSync, mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import {
  explainErrors,
  interceptForks,
  keptApartLine,
  makeReport,
  openSandboxes,
  partsLine,
  sharedServices,
  stayedInsideLine,
  writeReport,
} from '@isolane/core/host'
import type { LaneHost, ReportedWorker, Sandboxes, SandboxSettings } from '@isolane/core/host'
import type { FullConfig } from '@playwright/test'
import { newsOf, testEndOf } from './worker-messages.ts'

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
  readonly #workers: ReportedWorker[] = []
  readonly #own = new Set<string>()
  #failed = false

  /** Undefined where sandboxes cannot be had, after a message that says why. */
  static open(options: WorkerSandboxesOptions): WorkerSandboxes | undefined {
    const { settings, config, host, onMessage } = options
    const outputs = outputDirectories(config)
    for (const path of outputs) mkdirSync(path, { recursive: true })
    const root = projectRoot(config)
    const sandboxes = openSandboxes({
      settings,
      root,
      host,
      shared: outputs,
      later: true,
      onMessage,
    })
    if (sandboxes === undefined) return undefined
    onMessage(partsLine(sandboxes.settings.parts))
    return new WorkerSandboxes(options, sandboxes)
  }

  private constructor(options: WorkerSandboxesOptions, sandboxes: Sandboxes) {
    this.#options = options
    this.#sandboxes = sandboxes
    this.#release = interceptForks(({ modulePath }) =>
      workerEntry.test(modulePath) ? this.#plan() : undefined,
    )
  }

  /**
   * Lets the servers of a lane that is made by now through to workers that run already.
   *
   * @param own ports and directories of the lanes and their host.
   */
  async update(own: readonly string[]): Promise<void> {
    for (const one of own) this.#own.add(one)
    await this.#sandboxes.update()
  }

  /** Says what was kept apart, and removes every layer. Workers have ended by then. */
  async close(): Promise<void> {
    this.#release()
    this.#report()
    await this.#sandboxes.close()
  }

  #plan(): ReturnType<Parameters<typeof interceptForks>[0]> {
    const { config, host, onMessage } = this.#options
    // UI mode clears them between runs.
    for (const path of outputDirectories(config)) mkdirSync(path, { recursive: true })
    const sandbox = this.#sandboxes.enter()
    const files: string[] = []
    let project: string | undefined
    let slot = 0
    return {
      sandbox,
      onStart: (child) => {
        const send = child.send.bind(child) as (...args: unknown[]) => boolean
        child.send = (...args: unknown[]) => {
          const news = newsOf(args[0])
          project ??= news.project
          if (news.parallelIndex !== undefined) slot = news.parallelIndex + 1
          if (news.file !== undefined) files.push(news.file)
          return send(...args)
        }
      },
      onMessage: (message, explain) => {
        const end = testEndOf(message)
        if (end?.failed === true) this.#failed = true
        explainErrors(end?.errors, explain)
      },
      // What a setup project has made is there for others: a stored session, say.
      keep: () => (isSetup(project, config) ? ['**'] : []),
      onEnd: (footprint) => {
        const own = host.leases.map(({ name }) => name)
        const runner = { name: 'Playwright', pid: process.pid }
        this.#workers.push({ runner, id: sandbox.id, slot, files, footprint, own })
        if (footprint.failure !== undefined) onMessage(footprint.failure)
      },
    }
  }

  #report(): void {
    if (this.#workers.length === 0) return
    const { root, settings, forwarded } = this.#sandboxes
    const report = makeReport({
      command: ['playwright', ...process.argv.slice(2)],
      root,
      parts: settings.parts,
      exitCode: null,
      runners: [{ name: 'Playwright', pid: process.pid, workers: this.#workers.length }],
      forwarded: sharedServices(forwarded, this.#own),
      workers: this.#workers,
    })
    writeReport(root, report)
    this.#options.onMessage(keptApartLine(report.keptApart))
    const inside = this.#failed ? stayedInsideLine(report) : undefined
    if (inside !== undefined) this.#options.onMessage(inside)
  }
}

/** Traces, videos and attachments: reporters copy them when a test ends, and each lies in a directory of its test. */
function outputDirectories(config: FullConfig): readonly string[] {
  return [...new Set(config.projects.map(({ outputDir }) => outputDir))]
}

/** True for a project that others depend on. */
function isSetup(id: string | undefined, { projects }: FullConfig): boolean {
  return projects.some(({ dependencies }) => dependencies.some((name) => name === id))
}

/** The directory of the package that the config file belongs to. */
function projectRoot({ configFile }: FullConfig): string {
  const start = configFile === undefined ? process.cwd() : dirname(configFile)
  for (let at = start; ; at = dirname(at)) {
    if (existsSync(join(at, 'package.json'))) return at
    if (at === dirname(at)) return start
  }
}
