import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { IsolaneError } from '@isolane/record'
import type { Env, ProvisionContext, Resource } from '../resource.ts'
import { checkOptions } from '../shared/options.ts'
import { endGroup } from '../shared/end-group.ts'
import { isAlive, identify } from '../shared/process-identity.ts'
import type { ProcessIdentity } from '../shared/process-identity.ts'
import { listenerOf } from './server/listener.ts'
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

interface ServerData {
  readonly url: string
  readonly port: number
  readonly pid: number
  readonly identity: ProcessIdentity
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
  checkOptions('server', options, ['command', 'ready', 'readyTimeoutMs', 'env', 'portEnv', 'cwd'])
  const resource: Resource<ServerHandle, ServerData, null> = {
    kind: 'server',
    prepare: async () => null,
    provision: async (context) => {
      const data = await start(options, context)
      return { data, env: { [options.env ?? 'APP_URL']: data.url } }
    },
    open: (data) => ({ url: data.url, pid: data.pid, log: new LogFile(data.logPath) }),
    reset: async (data) =>
      (await isAlive(data.identity))
        ? { ok: true }
        : { ok: false, reason: `the app server (process ${data.pid}) has ended` },
    dispose: async (data, { holdings }) => {
      if (await isAlive(data.identity)) await endGroup(data.pid)
      await holdings.ended(data.pid)
    },
    evidence: async (data) => {
      const tail = new LogFile(data.logPath).tail(50)
      return tail === '' ? undefined : { summary: `log ${data.logPath}`, detail: tail }
    },
  }
  return resource
}

async function start(options: ServerOptions, context: ProvisionContext<null>): Promise<ServerData> {
  const { env, lane, dir, holdings, root, name } = context
  const port = portFrom(options, env, name)
  const url = `http://127.0.0.1:${port}`
  const logPath = join(dir, 'server.log')
  const log = openSync(logPath, 'a', 0o600)
  const child = spawn(options.command, {
    shell: true,
    cwd: resolve(root, options.cwd ?? '.'),
    // Its own process group: `npm run …` and shells put the real server behind them, and all must end.
    detached: true,
    env: { ...process.env, ...env, [options.env ?? 'APP_URL']: url },
    stdio: ['ignore', log, log],
  })
  closeSync(log)
  const pid = child.pid
  if (pid === undefined) {
    const [cause] = (await once(child, 'error')) as [Error]
    throw failure(options, lane.id, 'could not be started', '', { cause })
  }
  child.unref()
  await holdings.started(pid)
  try {
    await untilReady(options, context, child, { pid, port, url, logPath })
    const identity = await identify(pid)
    if (identity === undefined)
      throw failure(options, lane.id, 'ended right after it was ready', '')
    return { url, port, pid, identity, logPath }
  } catch (error) {
    await endGroup(pid)
    await holdings.ended(pid)
    throw error
  }
}

async function untilReady(
  options: ServerOptions,
  context: ProvisionContext<null>,
  child: ChildProcess,
  it: { pid: number; port: number; url: string; logPath: string },
): Promise<void> {
  const limitMs = options.readyTimeoutMs ?? 30_000
  const startedAt = performance.now()
  const target = new URL(options.ready ?? '/', it.url)
  const waited = (): number => Math.round(performance.now() - startedAt)
  const fail = (what: string, hint: string): IsolaneError =>
    failure(options, context.lane.id, what, new LogFile(it.logPath).tail(30), {
      hint,
      port: it.port,
      waitedMs: waited(),
    })
  let last = 'it does not accept connections'
  for (;;) {
    context.signal.throwIfAborted()
    if (child.exitCode !== null || child.signalCode !== null) {
      const how =
        child.exitCode === null ? `signal ${child.signalCode}` : `exit code ${child.exitCode}`
      throw fail(
        `ended with ${how} after ${waited()} ms, before it was ready`,
        'run the command by hand with the same PORT; it must stay in the foreground.',
      )
    }
    try {
      const response = await fetch(target, {
        redirect: 'manual',
        signal: AbortSignal.any([context.signal, AbortSignal.timeout(Math.min(5_000, limitMs))]),
      })
      await response.body?.cancel()
      if (response.status < 400) {
        const listener = await listenerOf(it.port, { group: it.pid, lane: context.lane.id })
        if (listener.ours) return
        throw fail(
          `does not listen on port ${it.port}: ${listener.whose} answers there`,
          'make the app listen on the PORT it is given, on 127.0.0.1, and end the other process.',
        )
      }
      last = `GET ${target.pathname} answers ${response.status}`
    } catch (error) {
      if (error instanceof IsolaneError) throw error
      context.signal.throwIfAborted()
    }
    if (waited() > limitMs) {
      throw fail(
        `was not ready within ${limitMs} ms: ${last}`,
        'make the app listen on 127.0.0.1:$PORT, name a path that answers with ready, or raise readyTimeoutMs.',
      )
    }
    await delay(20, undefined, { ref: true })
  }
}

function portFrom(options: ServerOptions, env: Env, name: string): number {
  const variable = options.portEnv ?? 'PORT'
  const port = Number(env[variable])
  if (Number.isInteger(port) && port > 0) return port
  throw new IsolaneError('ISOLANE_OPTION', {
    message: `"${name}" needs a port: no resource above it sets ${variable}.`,
    hint: 'declare port() above server(), or name the variable with portEnv.',
    details: { resource: name, variable },
  })
}

function failure(
  options: ServerOptions,
  lane: string,
  what: string,
  log: string,
  { hint, cause, ...details }: { hint?: string; cause?: unknown } & Record<string, unknown> = {},
): IsolaneError {
  const printed = log === '' ? '' : `\nIt printed:\n${log.replace(/^/gm, '  ')}`
  return new IsolaneError('ISOLANE_SERVER', {
    message: `The app server "${options.command}" ${what} (lane ${lane}).${printed}`,
    hint: hint ?? 'check that the command exists.',
    details: { command: options.command, lane, ...details },
    cause,
  })
}
