import { fork } from 'node:child_process'
import type { ChildProcess, ForkOptions } from 'node:child_process'
import { once } from 'node:events'
import type { Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { forkInside } from '@isolane/core/host'
import type { ForkPlan, Footprint } from '@isolane/core/host'
import { guardVariable } from '../shared/worker-guard.ts'
import { withYoungHeap } from '../shared/young-heap.ts'

const entry = fileURLToPath(new URL('../worker/entry.js', import.meta.url))
const guardedEntry = fileURLToPath(new URL('../worker/guarded-entry.js', import.meta.url))

/** Time between SIGTERM and SIGKILL: what Vitest's own pools give a worker. */
const TERM_GRACE_MS = 500

/** What a worker process is started with. */
export interface WorkerProcessOptions {
  /** Vitest's own worker module, which does the work. */
  readonly worker: string
  /** Directory for Node's compile cache. */
  readonly compileCache: string
  /** File in which the worker notes what it is at. */
  readonly progress: string
  readonly env: NodeJS.ProcessEnv
  readonly execArgv: readonly string[]
  readonly stdout: Writable
  readonly stderr: Writable
  /** Where it runs; undefined is nowhere in particular. */
  readonly sandbox?: ForkPlan | undefined
}

/** How much of its last output is kept, in characters. */
const SAID = 4_000

/** What Node prints of its inspector, which nobody but us has asked for. */
const ofInspector =
  /^(Debugger (listening on|attached|ending)|For help, see: |Waiting for the debugger).*\n?/gm

/** One forked Vitest worker, from its start until it has verifiably ended. */
export class WorkerProcess {
  readonly child: ChildProcess
  /** Settles when the process has exited, or could not be started. */
  readonly exited: Promise<void>
  /** Number of its sandbox; undefined without one. */
  readonly sandbox: number | undefined
  /** Vitest's pool id, which only its start message tells; 0 until then. */
  slot = 0
  /** File in which it notes what it is at. */
  readonly progress: string
  readonly #streams: readonly [Writable, Writable]
  #stopping: Promise<void> | undefined
  #said = ''
  #footprint: Footprint | undefined
  /** What it has printed since its inspector was asked for last, and who waits for the address. */
  #inspected: { told: string; readonly found: (address: string) => void } | undefined

  constructor(it: WorkerProcessOptions) {
    this.sandbox = it.sandbox?.sandbox.id
    this.progress = it.progress
    const modulePath = it.env[guardVariable] === undefined ? entry : guardedEntry
    const args = [it.worker, it.progress, it.compileCache]
    const options: ForkOptions = {
      // The worker takes it away again. NODE_DISABLE_COMPILE_CACHE, which Vitest sets for v8 coverage, switches it off.
      env: { NODE_COMPILE_CACHE: it.compileCache, ...it.env },
      execArgv: [...withYoungHeap(it.execArgv, it.env['NODE_OPTIONS'])],
      stdio: 'pipe',
      serialization: 'advanced',
    }
    this.child =
      it.sandbox === undefined
        ? fork(modulePath, args, options)
        : forkInside(
            fork,
            { modulePath, args, options },
            { ...it.sandbox, onEnd: (footprint) => (this.#footprint = footprint) },
          )
    this.#streams = [it.stdout, it.stderr]
    // `end: false`: the streams are shared by every worker.
    for (const [from, to] of this.#pipes()) {
      to.setMaxListeners(to.getMaxListeners() + 1)
      from?.pipe(to, { end: false })
    }
    this.child.stderr?.on('data', (chunk: Buffer) => {
      this.#said = (this.#said + chunk.toString()).slice(-SAID)
    })
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

  /** The last of what it printed to stderr. */
  get said(): string {
    return this.#said
  }

  /**
   * Has Node open its inspector in the worker, also while it runs a loop without end or waits for nothing.
   *
   * @returns the address on the worker's own loopback; never, when its main thread comes to run no JavaScript.
   */
  async inspect(): Promise<string> {
    const asked = Promise.withResolvers<string>()
    if (this.#inspected === undefined) this.#forwardWithoutInspector()
    this.#inspected = { told: '', found: asked.resolve }
    if (process.platform === 'win32') debugProcess(this.child.pid ?? 0)
    else this.child.kill('SIGUSR1')
    return await asked.promise
  }

  /** From now on passes its stderr on itself, without what Node prints of the inspector. */
  #forwardWithoutInspector(): void {
    const [, stderr] = this.#streams
    const from = this.child.stderr
    from?.unpipe(stderr)
    from?.on('data', (chunk: Buffer) => {
      const text = chunk.toString()
      const it = this.#inspected
      if (it !== undefined) {
        it.told += text
        const [, address] = /Debugger listening on (ws:\S+)\n/.exec(it.told) ?? []
        if (address !== undefined) it.found(address)
      }
      stderr.write(text.replaceAll(ofInspector, ''))
    })
    // Taking the pipe away has paused it.
    from?.resume()
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
    await (this.#stopping ??= this.#stop())
  }

  async #stop(): Promise<void> {
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

/** Windows has no SIGUSR1 (https://github.com/nodejs/node, `process._debugProcess`). */
function debugProcess(pid: number): void {
  const open: unknown = Reflect.get(process, '_debugProcess')
  if (typeof open === 'function') Reflect.apply(open, process, [pid])
}

async function flushed(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 100).unref())
}
