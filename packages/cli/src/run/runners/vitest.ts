import type { Adapter } from './adapter.ts'
import { sandboxForks } from './fork-hook.ts'
import { replaceModules } from './replaced-modules.ts'
import type { RunnerSession } from './session.ts'
import { adjust } from './vitest-config.ts'
import type { VitestShape } from './vitest-config.ts'

/** Vitest 4 and 5, its pools `forks` and `vmForks`; `threads` and `vmThreads` become these. */
export const vitest: Adapter = {
  name: 'Vitest',
  install(session) {
    sandboxForks(
      ({ modulePath, options }) =>
        worker.test(modulePath)
          ? session.enter({ env: options.env ?? process.env, cwd: cwdOf(options.cwd) })
          : undefined,
      filesOf,
    )
    replaceModules([
      {
        // Vitest asks Vite for every config that it uses, and each may have plugins with `configureVitest`.
        matches: (_, specifier, parent) => specifier === 'vite' && own.test(parent),
        format: 'module',
        source: (real, give) => `
          import * as vite from ${real}
          export * from ${real}
          export const resolveConfig = (config, ...more) => vite.resolveConfig(${give}(config), ...more)
          export const createServer = (config, ...more) => vite.createServer(${give}(config), ...more)
        `,
        give: plugged(session),
      },
    ])
  },
}

const own = /\/vitest\/dist\//
const worker = /\/vitest\/dist\/workers\/(?:forks|vmForks)\.js$/
const pluginName = 'isolane:run'

interface ConfigShape {
  readonly plugins?: readonly unknown[]
  /** Only a config that is resolved already has it. */
  readonly getSortedPluginHooks?: unknown
}

function plugged(session: RunnerSession): (config?: ConfigShape) => ConfigShape {
  const plugin = {
    name: pluginName,
    // https://vitest.dev/api/advanced/plugin.html: before any test file is looked for.
    configureVitest: ({ vitest }: { vitest: VitestShape }) =>
      // After the same hook of every other plugin.
      Promise.resolve().then(() => adjust(vitest, session)),
  }
  return (config = {}) =>
    config.getSortedPluginHooks === undefined
      ? { ...config, plugins: [...(config.plugins ?? []), plugin] }
      : config
}

function filesOf(message: unknown): readonly string[] {
  const { type, context } = (message ?? {}) as {
    type?: unknown
    context?: { files?: readonly { filepath?: string }[] }
  }
  if (type !== 'run' || !Array.isArray(context?.files)) return []
  return context.files.flatMap(({ filepath }) => filepath ?? [])
}

function cwdOf(cwd: string | URL | undefined): string | undefined {
  return cwd instanceof URL ? cwd.pathname : cwd
}
