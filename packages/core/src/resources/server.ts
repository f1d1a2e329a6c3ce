import { IsolaneError } from '@isolane/record/worker'
import type { Resource } from '../resource.ts'
import { checkOptions, kindOf } from '../shared/options.ts'
import { isAlive, isEnding } from '../shared/process-identity.ts'
import type { ProcessIdentity } from '../shared/process-identity.ts'
import { accepts } from './server/accepts.ts'
import { endServer, serverMark } from './server/end.ts'
import { LogFile } from './server/log-file.ts'

/** Options of {@link server}. */
export interface ServerOptions {
  /** Shell command that starts the app, run in the project root with the lane's environment. */
  readonly command: string
  /** Path that answers with a status below 400 when the app is ready. Default `/`. */
  readonly ready?: string
  /** How long the app may take until it is ready, in ms. Default 30000. */
  readonly readyTimeoutMs?: number
  /** Variable that holds the app's URL. Default `APP_URL`. */
  readonly env?: string
  /** Variable that holds the port the app listens on, set by a `port()` declared above. Default `PORT`. */
  readonly portEnv?: string
  /** Directory the command runs in, relative to the project root. Default: the root. */
  readonly cwd?: string
}

/** What a test holds of its lane's app server. */
export interface ServerHandle {
  /** Origin without a trailing slash, for example `http://127.0.0.1:20011`. */
  readonly url: string
  /** Process group of the server. */
  readonly pid: number
  /** What the server printed, stdout and stderr together. */
  readonly log: LogFile
}

/** What `provision` of {@link server} gives. */
export interface ServerData {
  readonly url: string
  readonly port: number
  readonly pid: number
  /** Leader of the process group that was started. */
  readonly identity: ProcessIdentity
  /** The process of it that listens, which may have made a group of its own, or outlive the leader. */
  readonly listener: (ProcessIdentity & { readonly group: number }) | null
  readonly logPath: string
}

/**
 * The app under test, one process group per lane, started with the lane's environment and kept across
 * tests, resets and worker restarts. It counts as ready when it answers on its port, is alive, and is the
 * process that listens there: an answer from another process is never taken for it.
 *
 * @throws IsolaneError from `provision`: `ISOLANE_SERVER` when it does not start, dies, is not ready in time or
 *   is not the one that listens; the last lines of its log stand in the message. Nothing keeps running.
 * @example
 * ```ts
 * import { defineLanes, port, server } from '@isolane/core'
 *
 * export const lanes = defineLanes({
 *   port: port(),
 *   app: server({ command: 'node src/server.ts', ready: '/healthz' }),
 * })
 * ```
 */
export function server(options: ServerOptions): Resource<ServerHandle> {
  checkServerOptions(options)
  const resource: Resource<ServerHandle, ServerData, null> = {
    kind: 'server',
    prepare: async () => null,
    provision: async (context) => {
      // Loaded in the host only: workers import their lanes, and start nothing.
      const { startServer } = await import('./server/start.ts')
      const data = await startServer(options, context)
      return { data, env: { [options.env ?? 'APP_URL']: data.url } }
    },
    open: (data) => ({ url: data.url, pid: data.pid, log: new LogFile(data.logPath) }),
    reset: async (data) => {
      // A wrapper such as npm may live on when the server behind it has died, or start another one.
      for (const one of [data.identity, data.listener]) {
        if (one === null || ((await isAlive(one)) && !isEnding(one.pid))) continue
        return { ok: false, reason: `the app server (process ${one.pid}) has ended` }
      }
      if (await accepts(data.port)) return { ok: true }
      return { ok: false, reason: `the app server no longer listens on port ${data.port}` }
    },
    dispose: async (data, { name, lane, holdings }) => {
      const { listener, pid } = data
      await endServer(data, serverMark(lane.id, name))
      await holdings.ended(pid)
      if (listener !== null) await holdings.ended(listener.group)
    },
    evidence: async (data) => {
      const tail = new LogFile(data.logPath).tail(50)
      return tail === '' ? undefined : { summary: `log ${data.logPath}`, detail: tail }
    },
  }
  return resource
}

function checkServerOptions(options: ServerOptions): void {
  checkOptions('server()', options, ['command', 'ready', 'readyTimeoutMs', 'env', 'portEnv', 'cwd'])
  const { command, readyTimeoutMs }: { command?: unknown; readyTimeoutMs?: unknown } = options
  const empty = typeof command === 'string' && command.trim() === ''
  if (typeof command !== 'string' || empty) {
    throw new IsolaneError('ISOLANE_OPTION', {
      message: `server.command is ${empty ? 'empty' : kindOf(command)}: it must be the shell command that starts the app.`,
      hint: "for example server({ command: 'node src/server.ts' }).",
      details: { path: 'server.command', received: command },
    })
  }
  if (readyTimeoutMs === undefined) return
  if (typeof readyTimeoutMs === 'number' && readyTimeoutMs > 0) return
  throw new IsolaneError('ISOLANE_OPTION', {
    message: `server.readyTimeoutMs is ${JSON.stringify(readyTimeoutMs)} (${kindOf(readyTimeoutMs)}): it must be a number of ms above 0.`,
    hint: 'for example readyTimeoutMs: 60_000, or leave it out for 30000.',
    details: { path: 'server.readyTimeoutMs', received: readyTimeoutMs },
  })
}
