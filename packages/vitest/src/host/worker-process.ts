import { fork } from 'node:child_process'
import type { ChildProcess, ForkOptions } from 'node:child_process'
import { once } from 'node:events'
import type { Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { forkInside } from '@isolane/core/host'
import type { ForkPlan, Footprint } from '@isolane/core/host'

const entry = fileURLToPath(new URL('../child/entry.js', import.meta.url))

/** Time between SIGTERM and SIGKILL: what Vitest's own pools give a worker. */
const TERM_GRACE_MS = 500

/** What a worker process is started with. */
export interface WorkerProcessOptions {
  /** Vitest's own worker module, which does the work. */
  readonly worker: string
  /** Directory for Node's compile cache. */
  readonly compileCache: string
  readonly env: NodeJS.ProcessEnv
  readonly execArgv: readonly string[]
  readonly stdout: Writable
  readonly stderr: Writable
  /** Where it runs; undefined is nowhere in particular. */
  readonly sandbox?: ForkPlan | undefined
}

/** One forked Vitest worker, from its start until it has verifiably ended. */
export class WorkerProcess {
  readonly child: ChildProcess
  /** Settles when the process has exited, or could not be started. */
  readonly exited: Promise<void>
  /** Number of its sandbox; undefined without one. */
  readonly sandbox: number | undefined
  /** Vitest's pool id, which only its start message tells; 0 until then. */
  slot = 0
  readonly #streams: readonly [Writable, Writable]
  #footprint: Footprint | undefined

  constructor(it: WorkerProcessOptions) {
    this.sandbox = it.sandbox?.sandbox.id
    const args = [it.worker, it.compileCache]
    const options: ForkOptions = {
      env: it.env,
      execArgv: [...it.execArgv],
      stdio: 'pipe',
      serialization: 'advanced',
    }
    this.child =
      it.sandbox === undefined
        ? fork(entry, args, options)
        : forkInside(
            fork,
            { modulePath: entry, args, options },
            { ...it.sandbox, onEnd: (footprint) => (this.#footprint = footprint) },
          )
    this.#streams = [it.stdout, it.stderr]
    // `end: false`: the streams are shared by every worker.
    for (const [from, to] of this.#pipes()) {
      to.setMaxListeners(to.getMaxListeners() + 1)
      from?.pipe(to, { end: false })
    }
    this.exited = new Promise((resolve) => {
      this.child.once('exit', () => resolve())
      this.child.once('error', () => {
        if (this.child.pid === undefined) resolve()
      })
    })
  }

  get pid(): number {
    return this.child.pid ?? 0
  }

  /** What it did in its sandbox, once it has exited. */
  get footprint(): Footprint | undefined {
    return this.#footprint
  }

  get alive(): boolean {
    return (
      this.child.pid !== undefined &&
      this.child.exitCode === null &&
      this.child.signalCode === null &&
      this.child.connected
    )
  }

  /** Asks with SIGTERM, insists with SIGKILL, and waits until the process has exited and its output is drained. */
  async stop(): Promise<void> {
    const insist = setTimeout(() => this.child.kill('SIGKILL'), TERM_GRACE_MS)
    this.child.kill()
    await this.exited
    clearTimeout(insist)
    for (const [from, to] of this.#pipes()) {
      if (from !== null && !from.readableEnded && !from.destroyed) {
        // Inherited by a grandchild, the pipe may stay open for ever: what is there now is enough.
        await Promise.race([once(from, 'end'), once(from, 'close'), flushed()])
      }
      from?.unpipe(to)
      to.setMaxListeners(Math.max(0, to.getMaxListeners() - 1))
    }
  }

  #pipes(): [ChildProcess['stdout'], Writable][] {
    const [stdout, stderr] = this.#streams
    return [
      [this.child.stdout, stdout],
      [this.child.stderr, stderr],
    ]
  }
}

async function flushed(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 100).unref())
}
