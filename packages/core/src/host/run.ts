import { randomUUID } from 'node:crypto'
import { mkdir, realpath } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { createThreads } from '../provision/create-threads.ts'
import { LockDesk } from '../locks/host/lock-desk.ts'
import { directoryLease, newLaneDirectory } from '../registry/lane-directory.ts'
import { Registry } from '../registry/registry.ts'
import { settleAll } from '../shared/settle-all.ts'
import { startWatchdog } from './watchdog.ts'
import type { Watchdog } from './watchdog.ts'

const HEARTBEAT_MS = 5_000

/** How a run begins. */
export interface RunOptions {
  readonly root: string
  readonly cacheDir?: string | undefined
  readonly onMessage?: ((message: string) => void) | undefined
}

/** What a run has of the machine besides its lanes: its row and directory, its threads, its watchdog. */
export class Run {
  readonly id: string
  readonly dir: string
  readonly registry: Registry
  readonly threads = createThreads()
  /** Where the run's processes ask for locks. */
  readonly locks: LockDesk
  readonly #watchdog: Watchdog
  readonly #heartbeat: NodeJS.Timeout

  private constructor(id: string, dir: string, registry: Registry, options: RunOptions) {
    this.id = id
    this.dir = dir
    this.registry = registry
    const { onMessage } = options
    this.locks = new LockDesk({ registry, run: id, onMessage })
    // Before anything else: from here on something exists that must not outlive a killed main process.
    this.#watchdog = startWatchdog({
      runId: id,
      cacheDir: registry.dir,
      ...(onMessage === undefined ? {} : { onMessage }),
    })
    this.#heartbeat = setInterval(() => {
      registry.heartbeat(id).catch(() => undefined)
    }, HEARTBEAT_MS).unref()
  }

  /** Records the run and sweeps what dead runs of the machine left. */
  static async begin(options: RunOptions): Promise<Run> {
    const { cacheDir, root, onMessage } = options
    const registry = await Registry.open(cacheDir === undefined ? {} : { dir: cacheDir })
    const id = randomUUID()
    let run: Run | undefined
    try {
      const dir = await registry.addRun({ id, argv: process.argv.slice(1), root })
      run = new Run(id, dir, registry, options)
      const { left } = await registry.sweep()
      for (const what of left) onMessage?.(`an ended run left something that stays: ${what}`)
      return run
    } catch (error) {
      // What cannot be given back now is the next run's to sweep: this error says why.
      await (run?.end() ?? registry.close()).catch(() => undefined)
      throw error
    }
  }

  /** Has a directory outside the run's own removed when the run has ended, however it ended. */
  async leaseDirectory(path: string): Promise<void> {
    const host = { run: this.id, lane: `${this.id.slice(0, 8)}-0` }
    await this.registry.lease(directoryLease, path, host)
  }

  /** Makes a directory of the run's in the machine's temp directory, mode 0700. It goes with the run. */
  async makeTemp(): Promise<string> {
    const path = newLaneDirectory(await realpath(tmpdir()))
    await this.leaseDirectory(path)
    await mkdir(path, { mode: 0o700 })
    return path
  }

  /** Gives everything back. The watchdog last: until then it stands by. */
  async end(): Promise<void> {
    clearInterval(this.#heartbeat)
    this.locks.close()
    await settleAll('The run did not end cleanly', [
      () => this.threads.close(),
      () => this.registry.endRun(this.id),
      () => this.registry.close(),
      () => this.#watchdog.stop(),
    ])
  }
}
