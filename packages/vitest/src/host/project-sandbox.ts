import { mkdirSync } from 'node:fs'
import { openSandboxes, partsLine } from '@isolane/core/host'
import type { Footprint, LaneHost, Lease, Sandboxes, SandboxSettings } from '@isolane/core/host'
import type { TestProject } from 'vitest/node'
import type { SandboxReport } from './sandbox-report.ts'

/** What a project's sandboxes are opened with. */
export interface ProjectSandboxOptions {
  readonly project: TestProject
  readonly settings: SandboxSettings
  readonly report: SandboxReport
  readonly onMessage: (message: string) => void
}

/** The sandboxes of one Vitest project, and what its workers did in them. */
export class ProjectSandbox {
  readonly #options: ProjectSandboxOptions
  #tried = false

  constructor(options: ProjectSandboxOptions) {
    this.#options = options
  }

  /**
   * The directory through which Vitest hands transformed modules to its workers, outside its API. Shared: what the main
   * process writes below a copy-on-write view is not sure to be seen in it.
   */
  get modules(): string | undefined {
    const { _transformService: service } = this.#options.project as {
      readonly _transformService?: { readonly tmpProjectDir?: unknown }
    }
    return typeof service?.tmpProjectDir === 'string' ? service.tmpProjectDir : undefined
  }

  /** Opens the sandboxes. Where they cannot be had, a later call, in watch mode, does not try again. */
  open(host: LaneHost): Sandboxes | undefined {
    const { project, settings, report, onMessage } = this.#options
    if (this.#tried) return undefined
    this.#tried = true
    const { isolate, inspector, root } = project.config
    const { modules } = this
    if (modules !== undefined) mkdirSync(modules, { recursive: true, mode: 0o700 })
    const inspected = inspector.enabled && settings.parts.includes('network')
    const sandboxes = openSandboxes({
      settings,
      root,
      host,
      shared: modules === undefined ? [] : [modules],
      without: inspected ? ['network'] : [],
      onMessage,
    })
    if (sandboxes === undefined) return undefined
    const { parts } = sandboxes.settings
    report.say(partsLine(parts))
    if (inspected) {
      report.say('their network is that of this machine, so that a debugger reaches them.')
    }
    if (!isolate && parts.includes('files')) {
      report.say(
        'with isolate: false a worker keeps its sandbox: files that one test file writes are there for the next one.',
      )
    }
    return sandboxes
  }

  /** A worker has ended that ran these test files. */
  left(footprint: Footprint | undefined, files: readonly string[], leases: readonly Lease[]): void {
    if (footprint === undefined || files.length === 0) return
    const { report } = this.#options
    report.add({ files, footprint, own: leases.map(({ name }) => name) })
  }
}
