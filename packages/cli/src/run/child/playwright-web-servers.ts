// Loaded by a Playwright worker before its own entry: starts the web servers of the project in the worker's
// sandbox, with Playwright's own code, and keeps the worker from reporting for work until they answer.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { deserialize } from 'node:v8'
import { webServerMessage, webServersVariable } from '../shared/web-servers.ts'
import type { WebServerMessage, WebServersPlan } from '../shared/web-servers.ts'
import { WebServerOutput } from './web-server-output.ts'

/** The parts of a plugin of Playwright's that are used here. */
interface Plugin {
  setup(config: object, configDir: string, reporter: object): Promise<void>
}

const path = process.env[webServersVariable]
if (path !== undefined) {
  delete process.env[webServersVariable]
  const plan = deserialize(readFileSync(path)) as WebServersPlan
  const hold = holdMessages()
  // A failure is the last message: the runner's main process ends the run, and this process with it.
  void startAll(plan, hold)
}

interface HeldMessages {
  /** Sends one past those that are held. */
  readonly send: (message: WebServerMessage) => void
  readonly release: () => void
}

/** Keeps back what this process sends to its parent. The first thing that a worker sends is that it is ready. */
function holdMessages(): HeldMessages {
  const send = process.send as ((...args: unknown[]) => boolean) | undefined
  if (send === undefined) return { send: () => undefined, release: () => undefined }
  const held: unknown[][] = []
  process.send = (...args: unknown[]) => {
    held.push(args)
    return true
  }
  return {
    send: (message) => {
      if (process.connected) send.call(process, message)
    },
    release: () => {
      process.send = send as NonNullable<typeof process.send>
      for (const args of held) send.apply(process, args)
    },
  }
}

/** One after another, as Playwright does. */
async function startAll(plan: WebServersPlan, { send, release }: HeldMessages): Promise<void> {
  const { webServer } = createRequire(import.meta.url)(plan.runner) as {
    webServer(options: object): Plugin
  }
  for (const server of plan.servers) {
    const output = new WebServerOutput(server, send)
    // Its output is needed for the message of a failure, whether it is shown or not.
    const plugin = webServer({ ...server.options, stdout: 'pipe', stderr: 'pipe' })
    Object.assign(plugin, { _checkPortOnly: server.checkPortOnly })
    try {
      await plugin.setup({}, plan.configDir, output)
    } catch (error) {
      // What it has printed already may still have to be read: timers come before it.
      await new Promise((settle) => setImmediate(settle))
      const params = {
        kind: 'failed',
        command: server.options.command ?? '',
        reason: error instanceof Error ? error.message : String(error),
        lastLines: output.lastLines(),
      } as const
      send({ method: webServerMessage, params })
      return
    }
  }
  release()
}
