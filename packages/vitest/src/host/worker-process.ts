import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import type { Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'

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
}

/** One forked Vitest worker, from its start until it has verifiably ended. */
export class WorkerProcess {
  readonly child: ChildProcess
  /** Settles when the process has exited, or could not be started. */
  readonly exited: Promise<void>
  readonly #streams: readonly [Writable, Writable]

  constructor({ worker, compileCache, env, execArgv, stdout, stderr }: WorkerProcessOptions) {
    this.child = fork(entry, [worker, compileCache], {
      env,
      execArgv: [...execArgv],
      stdio: 'pipe',
      serialization: 'advanced',
    })
    this.#streams = [stdout, stderr]
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
