import { setImmediate as immediate, setTimeout as delay } from 'node:timers/promises'
import { loadOf } from './processes.ts'

/** A place in a script as V8 has it. Lines and columns from 1. */
export interface RawFrame {
  readonly name: string
  readonly url: string
  /** Its source map as a data URL, of a script without a URL. */
  readonly map?: string
  readonly line: number
  readonly column: number
}

/** What a worker was doing when somebody looked. */
export interface Seen {
  /** `runs` JavaScript, `waits` with an idle event loop, or is inside of `native` code; undefined: nobody could see. */
  readonly doing: 'runs' | 'waits' | 'native' | undefined
  /** Innermost first. */
  readonly frames: readonly RawFrame[]
  /** What its event loop waits for, as people call it. */
  readonly handles: readonly string[]
}

/** How often is looked whether there is still something to wait for. */
const TURN_MS = 250

/** So many turns in a row without any sign of life mean that none will come. */
const QUIET_TURNS = 2

/** How long is waited for a worker that uses the processor, and in all for one that wants it and does not get it. */
const BUSY_MS = 2_000
const LIMIT_MS = 10_000

interface Reply {
  readonly id?: number
  readonly method?: string
  readonly params?: Readonly<Record<string, unknown>>
  readonly result?: { readonly result?: { readonly value?: unknown } }
}

interface CallFrame {
  readonly functionName: string
  readonly url: string
  readonly location: {
    readonly scriptId: string
    readonly lineNumber: number
    readonly columnNumber?: number
  }
}

/** What keeps its event loop alive, apart from its channel, its output and its own connection to the host. */
const handles = `(() => {
  const found = []
  for (const it of process._getActiveHandles()) {
    if (it.server) continue
    if (it.remotePort !== undefined && it.remoteAddress !== undefined) {
      const late = it.bytesRead === 0 ? ', from which nothing came' : ''
      found.push('a connection to ' + it.remoteAddress + ':' + it.remotePort + late)
    } else if (it.connecting === true) found.push('a connection that is being made')
    else if (it.spawnargs !== undefined && it.pid !== undefined && it.exitCode === null) {
      found.push('process ' + it.pid + ' (' + it.spawnargs.join(' ') + ')')
    }
  }
  const others = process.getActiveResourcesInfo()
  if (found.length === 0 && others.includes('Timeout')) found.push('a timer')
  return JSON.stringify(found.slice(0, 10))
})()`

/** Asks the inspector of a worker what the worker is doing. */
export async function askInspector(address: string, pid: number): Promise<Seen> {
  const session = new Session(new WebSocket(address))
  try {
    await session.open
    const enabled = await inTime(session.ask('Debugger.enable'), pid)
    // Its thread does not come to answer.
    if (enabled === undefined) return { doing: 'native', frames: [], handles: [] }
    session.tell('Debugger.pause', {})
    const frames = await inTime(session.paused, pid)
    if (frames?.some(({ url }) => !url.startsWith('node:'))) {
      return { doing: 'runs', frames, handles: [] }
    }
    await session.ask('Debugger.setSkipAllPauses', { skip: true })
    // A timer of Node's own came by.
    if (frames !== undefined) await session.ask('Debugger.resume')
    const told = await inTime(session.ask('Runtime.evaluate', { expression: handles }), pid)
    const value = told?.result?.result?.value
    const found = typeof value === 'string' ? (JSON.parse(value) as string[]) : []
    return { doing: 'waits', frames: [], handles: found }
  } finally {
    // One that goes on shall not keep it open.
    session.tell('Runtime.evaluate', { expression: 'setTimeout(() => process._debugEnd?.(), 100)' })
    session.close()
  }
}

/** Undefined when nothing came although the process had all that it wanted of the processor. */
export async function inTime<T>(promise: Promise<T>, pid: number): Promise<T | undefined> {
  let before = loadOf(pid)
  let quiet = 0
  let busyMs = 0
  for (let waitedMs = 0; waitedMs < LIMIT_MS && busyMs < BUSY_MS; waitedMs += TURN_MS) {
    const from = performance.now()
    const result = await Promise.race([promise, delay(TURN_MS, silent, { ref: false })])
    if (result !== silent) return result
    const now = loadOf(pid)
    // A late timer: it is this process that does not get the processor.
    const late = performance.now() - from > 2 * TURN_MS
    const idle = now?.cpuMs === before?.cpuMs
    quiet = !late && idle && now?.wants === false ? quiet + 1 : 0
    if (quiet === QUIET_TURNS) break
    if (!late && !(idle && now?.wants === true)) busyMs += TURN_MS
    before = now
    // What has come meanwhile is read before the next timer.
    await immediate()
  }
  return undefined
}

const silent = Symbol('silent')

class Session {
  readonly open: Promise<void>
  /** Where it stopped. */
  readonly paused: Promise<readonly RawFrame[]>
  readonly #socket: WebSocket
  readonly #scripts = new Map<string, Pick<RawFrame, 'url' | 'map'>>()
  readonly #replies = new Map<number, (reply: Reply) => void>()
  #calls = 0

  constructor(socket: WebSocket) {
    this.#socket = socket
    const paused = Promise.withResolvers<readonly RawFrame[]>()
    this.paused = paused.promise
    this.open = new Promise((resolve, reject) => {
      socket.addEventListener('open', () => resolve())
      socket.addEventListener('error', () => reject(new Error('The inspector cannot be reached.')))
    })
    socket.addEventListener('message', ({ data }) => {
      const reply = JSON.parse(String(data)) as Reply
      if (reply.id !== undefined) this.#replies.get(reply.id)?.(reply)
      else if (reply.method === 'Debugger.scriptParsed') {
        const { scriptId, url, sourceMapURL: map } = reply.params ?? {}
        const anonymous = url === '' && typeof map === 'string' && map.startsWith('data:')
        this.#scripts.set(String(scriptId), { url: String(url), ...(anonymous ? { map } : {}) })
      } else if (reply.method === 'Debugger.paused') {
        const frames = reply.params?.['callFrames'] as readonly CallFrame[]
        paused.resolve(frames.map((frame) => this.#rawFrame(frame)))
      }
    })
  }

  async ask(method: string, params: object = {}): Promise<Reply> {
    const { promise, resolve } = Promise.withResolvers<Reply>()
    this.tell(method, params)
    this.#replies.set(this.#calls, resolve)
    return await promise
  }

  /** Does not wait for the reply. */
  tell(method: string, params: object): void {
    this.#calls += 1
    this.#socket.send(JSON.stringify({ id: this.#calls, method, params }))
  }

  close(): void {
    this.#socket.close()
  }

  #rawFrame({ functionName, url, location }: CallFrame): RawFrame {
    return {
      name: functionName,
      url,
      ...this.#scripts.get(location.scriptId),
      line: location.lineNumber + 1,
      column: (location.columnNumber ?? 0) + 1,
    }
  }
}
