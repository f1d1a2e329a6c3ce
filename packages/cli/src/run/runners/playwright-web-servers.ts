import type { ChildProcess } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { serialize } from 'node:v8'
import { isWebServerMessage, webServersVariable } from '../shared/web-servers.ts'
import type { WebServerMessage, WebServerPlan, WebServersPlan } from '../shared/web-servers.ts'
import { isUserInterface } from './playwright-arguments.ts'
import type { PlaywrightPackage, Reporter, WebServerPlugin } from './playwright-package.ts'
import type { RunnerSession } from './session.ts'

const starter = fileURLToPath(new URL('../child/playwright-web-servers.js', import.meta.url))

/** What a worker's process needs, so that it starts the web servers of its project for itself. */
export interface WithWebServers {
  readonly env: NodeJS.ProcessEnv
  readonly execArgv: readonly string[]
  onStart(child: ChildProcess): void
}

/**
 * The web servers of a Playwright project. The runner does not start them: every worker does, in its sandbox. They
 * are the plugins that the runner made of them, with all it checked and resolved; only their setup is put off.
 */
export class WebServers {
  readonly #session: RunnerSession
  readonly #package: PlaywrightPackage
  readonly #taken = new Map<WebServerPlugin, WebServerPlan>()
  readonly #hinted = new WeakSet<Reporter>()
  #configDir = ''
  #reporter: Reporter | undefined
  #workersStarted = false
  #failed = false

  constructor(session: RunnerSession, playwright: PlaywrightPackage) {
    this.#session = session
    this.#package = playwright
  }

  /** Takes the setup of web servers over. */
  take(): void {
    const prototype = this.#package.webServerPlugin()
    const { setup, teardown } = prototype
    // oxlint-disable-next-line typescript/no-this-alias -- `this` is the plugin below
    const servers = this
    prototype.setup = async function (config, configDir, reporter) {
      if (!servers.#inside()) {
        await setup.call(this, config, configDir, reporter)
        return
      }
      servers.#configDir = configDir
      servers.#reporter = reporter
      servers.#hint(reporter)
      const { _options: options, _checkPortOnly: checkPortOnly } = this
      servers.#taken.set(this, { options, checkPortOnly })
    }
    prototype.teardown = async function () {
      if (!servers.#taken.delete(this)) await teardown.call(this)
    }
  }

  /** Gives what a worker's process needs; undefined when there is no web server for it to start. */
  forWorker(layer: string): WithWebServers | undefined {
    this.#workersStarted = true
    if (this.#taken.size === 0) return undefined
    const plan: WebServersPlan = {
      runner: this.#package.runner,
      configDir: this.#configDir,
      servers: [...this.#taken.values()],
    }
    const path = join(layer, 'web-servers')
    writeFileSync(path, serialize(plan), { mode: 0o600 })
    return {
      env: { [webServersVariable]: path },
      execArgv: ['--import', starter],
      onStart: (child) => {
        child.on('message', (message) => {
          if (isWebServerMessage(message)) this.#onMessage(message, child)
        })
      },
    }
  }

  #inside(): boolean {
    if (this.#session.plan.sharedWebServer) return false
    if (this.#session.parts.includes('network')) return true
    this.#session.say(
      'the web server is started once and shared: without a network of their own workers cannot have one each.',
    )
    return false
  }

  #onMessage({ params }: WebServerMessage, child: ChildProcess): void {
    if (params.kind === 'output') {
      if (params.stream === 'stdout') this.#reporter?.onStdOut?.(params.text)
      else this.#reporter?.onStdErr?.(params.text)
      return
    }
    const text = failure(params)
    if (isUserInterface()) {
      // Its window stays open for the next try: the tests of this worker fail.
      this.#reporter?.onStdErr?.(`${text}\n`)
      child.kill('SIGKILL')
    } else if (!this.#failed) {
      this.#failed = true
      this.#end(text)
    }
  }

  /** Ends the run as if the web server had failed before the tests: no other worker would fare better. */
  #end(text: string): void {
    const reporter = this.#reporter
    if (reporter === undefined) return
    reporter.onError?.({ message: text })
    const onEnd = reporter.onEnd.bind(reporter)
    reporter.onEnd = async () => {
      await onEnd({ status: 'failed' })
      return { status: 'failed' }
    }
    process.emit('SIGINT')
  }

  /** Playwright has its web server up before the global setup; here it comes after it. */
  #hint(reporter: Reporter): void {
    if (this.#hinted.has(reporter)) return
    this.#hinted.add(reporter)
    const onError = reporter.onError?.bind(reporter)
    reporter.onError = (error, ...rest) => {
      onError?.(error, ...rest)
      if (
        this.#workersStarted ||
        !/ECONNREFUSED|ERR_CONNECTION_REFUSED/.test(error.message ?? '')
      ) {
        return
      }
      this.#session.say(
        'every worker starts the web server for itself, after the global setup. If that needs it: --shared-webserver starts one before it, for all.',
      )
    }
  }
}

function failure(params: Extract<WebServerMessage['params'], { kind: 'failed' }>): string {
  const { reason, command, lastLines } = params
  const printed =
    lastLines.length === 0
      ? ['It printed nothing.']
      : ['Its output ends with:', ...lastLines.map((line) => `  | ${line}`)]
  return [
    `Error: ${reason}`,
    `It was started in the sandbox of a worker: ${command}`,
    ...printed,
    'Hint: --shared-webserver starts it outside, once for all workers.',
  ].join('\n')
}
