import { mkdirSync } from 'node:fs'
import { resolve } from 'node:path'
import { globsOf, openSandboxes } from '@isolane/core/host'
import type {
  ForkPlan,
  LaneHost,
  Lease,
  LeasedLane,
  Sandboxes,
  SandboxSettings,
} from '@isolane/core/host'
import type { TestProject } from 'vitest/node'
import { explainResults } from './explain-results.ts'
import { notedSnapshots } from './noted-snapshots.ts'
import type { SandboxReporter } from './sandbox-reporter.ts'
import type { WorkerProcess } from './worker-process.ts'

/** What a project's sandboxes are opened with. */
export interface ProjectSandboxOptions {
  readonly project: TestProject
  readonly settings: SandboxSettings
  readonly report: SandboxReporter
  readonly onMessage: (message: string) => void
}

/** The sandboxes of one Vitest project, and what its workers did in them. */
export class ProjectSandbox {
  readonly #options: ProjectSandboxOptions
  #tried = false
  #sandboxes: Sandboxes | undefined

  constructor(options: ProjectSandboxOptions) {
    this.#options = options
  }

  /** Whether the main process may hand modules to its workers through files. */
  get handsOverFiles(): boolean {
    return this.#sandboxes === undefined || modulesOf(this.#options.project) !== undefined
  }

  /** Opens the sandboxes. Where they cannot be had, a later call, in watch mode, does not try again. */
  open(host: LaneHost): void {
    if (this.#tried) return
    this.#tried = true
    const { project, settings, report, onMessage } = this.#options
    const { isolate, inspector } = project.config
    const inspected = inspector.enabled && settings.parts.includes('network')
    const sandboxes = openSandboxes({
      settings,
      root: report.root,
      host,
      shared: sharedWithWorkers(project),
      without: inspected ? ['network'] : [],
      onMessage,
    })
    if (sandboxes === undefined) return
    this.#sandboxes = sandboxes
    const { parts } = sandboxes.settings
    report.begin(parts)
    if (inspected) report.say('their network is the machine’s, so that a debugger reaches them.')
    if (!isolate && parts.includes('files')) {
      report.say(
        'with isolate: false a worker keeps its sandbox: files that one test file writes are there for the next one.',
      )
    }
  }

  /** Makes the sandbox of a worker that is about to be forked on a lane. */
  enter({ leases }: LeasedLane): ForkPlan | undefined {
    if (this.#sandboxes === undefined) return undefined
    const shared = leases.filter(({ kind }) => kind === 'directory').map(({ name }) => name)
    const sandbox = this.#sandboxes.enter({ shared })
    const { attachmentsDir, coverage } = this.#options.project.config
    const { root } = this.#options.report
    return {
      sandbox,
      onMessage: explainResults,
      keep: () =>
        [attachmentsDir, coverage.reportsDirectory, ...notedSnapshots(sandbox.directory)].flatMap(
          (path) => (path === undefined ? [] : globsOf(path, root)),
        ),
    }
  }

  /** A worker has ended that ran these test files. */
  left(process: WorkerProcess, files: readonly string[], leases: readonly Lease[]): void {
    const { sandbox: id, slot, footprint } = process
    if (id === undefined || footprint === undefined || files.length === 0) return
    const own = leases.map(({ name }) => name)
    this.#options.report.add({ id, slot, files, footprint, own })
  }

  async close(): Promise<void> {
    if (this.#sandboxes === undefined) return
    await this.#sandboxes.close()
    this.#sandboxes = undefined
    this.#tried = false
  }
}

/**
 * Directories through which the main process and its workers hand each other files while they live. Shared: what is written below a
 * copy-on-write view is not sure to be seen in it (kernel documentation, overlayfs, "Changes to underlying filesystems").
 */
function sharedWithWorkers(project: TestProject): readonly string[] {
  const { fsModuleCachePath } = project.config as { readonly fsModuleCachePath?: string }
  const paths = [
    modulesOf(project),
    project.tmpDir,
    project.vite.config.cacheDir,
    fsModuleCachePath,
    coverageFilesOf(project),
  ]
  return paths.filter((path) => {
    if (path !== undefined) mkdirSync(path, { recursive: true })
    return path !== undefined
  }) as readonly string[]
}

/** Where workers lay the coverage of V8, which the main process reads when all tests have run. */
function coverageFilesOf({ vitest }: TestProject): string | undefined {
  const { coverage, root, shard } = vitest.config
  if (!coverage.enabled) return undefined
  const ofShard = shard === undefined ? '' : `-${shard.index}-${shard.count}`
  return resolve(root, coverage.reportsDirectory, `.tmp${ofShard}`)
}

/** Where Vitest lays the modules that it has transformed, which is not part of its API. */
function modulesOf(project: TestProject): string | undefined {
  const service = Reflect.get(project, '_transformService') as
    | { readonly tmpProjectDir?: unknown }
    | undefined
  return typeof service?.tmpProjectDir === 'string' ? service.tmpProjectDir : undefined
}
