import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { WebServerOptions } from '../shared/web-servers.ts'

/** The parts of Playwright's config, as its main process loads it, that are used here. */
export interface LoadedConfig {
  readonly configDir: string
  readonly config: {
    workers: number
    readonly projects: readonly LoadedProject['project'][]
    readonly filteredProjects?: readonly LoadedProject['project'][]
  }
  readonly projects: readonly LoadedProject[]
  readonly configCLIOverrides: { readonly debug?: unknown; readonly workers?: unknown }
  readonly globalSetups: readonly string[]
}

/** One project of a {@link LoadedConfig}. */
export interface LoadedProject {
  readonly id: string
  workers?: number | undefined
  readonly snapshotPathTemplate?: string | undefined
  readonly expect?: Readonly<Record<string, unknown>> | undefined
  readonly deps: readonly LoadedProject[]
  readonly project: {
    readonly name: string
    readonly outputDir: string
    readonly snapshotDir: string
    readonly testDir: string
  }
}

type LoadConfig = (...args: unknown[]) => Promise<LoadedConfig>

/** A plugin of Playwright's runner, made from one `webServer`. */
export interface WebServerPlugin {
  readonly _options: WebServerOptions
  readonly _checkPortOnly: boolean
  setup(config: object, configDir: string, reporter: Reporter): Promise<void>
  teardown(): Promise<void>
}

/** What Playwright's runner tells its reporters, as far as it is used here. */
export interface Reporter {
  onError?(error: { message?: string }, workerInfo?: unknown): void
  onStdOut?(text: string): void
  onStdErr?(text: string): void
  onEnd(result: { status: string }): Promise<{ status?: string } | undefined>
}

/** Playwright's inner modules; in 1.60 to 1.65 they have the same shape. */
export class PlaywrightPackage {
  readonly version: string
  /** Path of the module with the runner. */
  readonly runner: string
  readonly #common: string
  readonly #require: NodeJS.Require

  /** @param program path of the module with its command line, `playwright/lib/program.js`. */
  constructor(program: string) {
    const lib = dirname(program)
    this.#require = createRequire(program)
    this.runner = join(lib, 'runner', 'index.js')
    this.#common = join(lib, 'common', 'index.js')
    const manifest = JSON.parse(readFileSync(join(lib, '..', 'package.json'), 'utf8')) as {
      version: string
    }
    this.version = manifest.version
  }

  /** Has `visit` called with every config that the main process loads, before anything is done with it. */
  onConfig(visit: (config: LoadedConfig) => void): void {
    const common = this.#load(this.#common) as { configLoader?: Record<string, unknown> }
    const { configLoader } = common
    const { loadConfig, loadConfigFromFile } = configLoader ?? {}
    if (typeof loadConfig !== 'function' || typeof loadConfigFromFile !== 'function') {
      throw new Error('it has no configLoader')
    }
    const visited =
      (load: LoadConfig): LoadConfig =>
      async (...args) => {
        const config = await load(...args)
        visit(config)
        return config
      }
    // The exports themselves are getters that cannot be changed.
    const exports: object = Object.defineProperties(
      {},
      {
        ...Object.getOwnPropertyDescriptors(common),
        configLoader: {
          enumerable: true,
          value: {
            ...configLoader,
            loadConfig: visited(loadConfig as LoadConfig),
            loadConfigFromFile: visited(loadConfigFromFile as LoadConfig),
          },
        },
      },
    )
    const module = this.#require.cache[this.#common]
    if (module === undefined) throw new Error('its modules are not cached')
    module.exports = exports
  }

  /** The prototype of all that a `webServer` becomes in the runner. Loads the runner. */
  webServerPlugin(): WebServerPlugin {
    const { webServer } = this.#load(this.runner) as { webServer?: (options: object) => object }
    const plugin = webServer?.({ command: '' })
    if (
      plugin === undefined ||
      !('_options' in plugin && '_checkPortOnly' in plugin && 'setup' in plugin)
    ) {
      throw new Error('it has no webServer plugin')
    }
    return Object.getPrototypeOf(plugin) as WebServerPlugin
  }

  #load(path: string): unknown {
    return this.#require(path)
  }
}
