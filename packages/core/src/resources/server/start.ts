import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, openSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { IsolaneError } from '@isolane/record/worker'
import type { Env, ProvisionContext } from '../../resource.ts'
import { endGroup } from '../../shared/end-group.ts'
import { serverVariable, withoutLane } from '../../shared/env.ts'
import { identify } from '../../shared/process-identity.ts'
import { endStrays } from '../../shared/strays.ts'
import type { ServerData, ServerOptions } from '../server.ts'
import { serverMark } from './end.ts'
import { serverFailure } from './failure.ts'
import { untilReady } from './until-ready.ts'

/** Starts a lane's server and waits until it is ready. Nothing keeps running when it fails. */
export async function startServer(
  options: ServerOptions,
  context: ProvisionContext<null>,
): Promise<ServerData> {
  const { env, dir, holdings, root, name, signal } = context
  const port = portFrom(options, env, name)
  const url = `http://127.0.0.1:${port}`
  const logPath = join(dir, 'server.log')
  const cwd = resolve(root, options.cwd ?? '.')
  const it = { command: options.command, lane: context.lane.id }
  const mark = serverMark(context.lane.id, name)
  const log = openSync(logPath, 'a', 0o600)
  const child = spawn(options.command, {
    shell: true,
    cwd,
    // Its own process group: `npm run …` and shells put the real server behind them, and all must end.
    detached: true,
    env: {
      ...withoutLane(process.env),
      ...env,
      [options.env ?? 'APP_URL']: url,
      [serverVariable]: mark,
    },
    stdio: ['ignore', log, log],
  })
  closeSync(log)
  const pid = child.pid
  if (pid === undefined) {
    const [cause] = (await once(child, 'error')) as [Error]
    if (existsSync(cwd)) {
      const hint = 'make the shell (/bin/sh, cmd.exe) usable for this process.'
      throw serverFailure(it, `could not be started: ${cause.message}`, { hint, cause })
    }
    const hint = 'name a directory in server.cwd, relative to the project root.'
    throw serverFailure(it, `could not be started: there is no directory ${cwd}`, { hint, cause })
  }
  child.unref()
  try {
    await holdings.started(pid)
    const target = new URL(options.ready ?? '/', url)
    const limitMs = options.readyTimeoutMs ?? 30_000
    const found = await untilReady({ ...it, child, pid, port, target, limitMs, logPath, signal })
    const identity = await identify(pid)
    if (identity === undefined) {
      const hint = 'the command must stay in the foreground as long as the server runs.'
      throw serverFailure(it, 'ended right after it was ready', { hint })
    }
    const { pid: listening, group = pid } = found
    const listener = listening === undefined ? undefined : await identify(listening)
    if (group !== pid) await holdings.started(group)
    return {
      url,
      port,
      pid,
      identity,
      listener: listener === undefined ? null : { ...listener, group },
      logPath,
    }
  } catch (error) {
    await endGroup(pid)
    await endStrays(serverVariable, mark)
    await holdings.ended(pid)
    throw error
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
