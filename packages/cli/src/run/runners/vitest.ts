import { explainErrors } from '@isolane/sandbox'
import type { Explain } from '@isolane/sandbox'
import type { Adapter } from './adapter.ts'
import { sandboxForks } from './fork-hook.ts'
import { changeImported } from './imported-module.ts'
import type { RunnerSession } from './session.ts'
import { adjust } from './vitest-config.ts'
import type { VitestShape } from './vitest-config.ts'
import { withSnapshots } from './vitest-snapshots.ts'
import { whyMissing } from './written-inside.ts'

/** Vitest from 3.1 on, its pools `forks` and `vmForks`; `threads` and `vmThreads` become these. */
export const vitest: Adapter = {
  name: 'Vitest',
  install(session) {
    sandboxForks(
      ({ modulePath, options }) =>
        worker.test(modulePath)
          ? withSnapshots(session.enter({ env: options.env ?? process.env }), session.plan.root)
          : undefined,
      filesOf,
      explainResults,
    )
    Reflect.set(globalThis, Symbol.for(plugin), plugged(session))
    // Vitest asks Vite for every config that it uses, and each may have plugins with `configureVitest`.
    changeImported({
      matches: (specifier, parent) => specifier === 'vite' && own.test(parent),
      exports: (real) => `
        import { createServer as create, resolveConfig as resolve } from ${real}
        const plugged = globalThis[Symbol.for('${plugin}')]
        export const createServer = (config, ...more) => create(plugged(config), ...more)
        export const resolveConfig = (config, ...more) => resolve(plugged(config), ...more)
      `,
    })
  },
}

const own = /\/vitest\/dist\//
// Vitest 3 has Tinypool start its workers.
const worker = /\/(?:vitest\/dist\/workers\/(?:forks|vmForks)|tinypool\/dist\/entry\/process)\.js$/
const plugin = 'isolane:run'

interface ConfigShape {
  readonly plugins?: readonly unknown[]
  /** Only a config that is resolved already has it. */
  readonly getSortedPluginHooks?: unknown
}

function plugged(session: RunnerSession): (config?: ConfigShape) => ConfigShape {
  const ours = {
    name: plugin,
    enforce: 'post',
    // https://vitest.dev/api/advanced/plugin.html: before any test file is looked for.
    configureVitest: ({ vitest }: { vitest: VitestShape }) =>
      // After the same hook of every other plugin.
      Promise.resolve().then(() => adjust(vitest, session)),
    // Only Vite itself comes after it, and reads the file.
    load: {
      order: 'post',
      handler(
        this: { readonly environment?: { readonly config: { readonly root: string } } },
        id: string,
      ): void {
        const { root } = session.plan
        const viteRoot = this.environment?.config.root ?? root
        const why = whyMissing(id, { viteRoot, root, processes: session.processes })
        if (why !== undefined) throw new Error(why)
      },
    },
  }
  return (config = {}) =>
    config.getSortedPluginHooks === undefined
      ? { ...config, plugins: [...(config.plugins ?? []), ours] }
      : config
}

interface Work {
  readonly files?: readonly { readonly filepath: string }[]
}

function filesOf(message: unknown): readonly string[] {
  const { type, context, task } = (message ?? {}) as {
    readonly type?: unknown
    readonly context?: Work
    /** Of Vitest 3. */
    readonly task?: Work
  }
  const work = type === 'run' ? context : task
  return Array.isArray(work?.files)
    ? (work as Required<Work>).files.map(({ filepath }) => filepath)
    : []
}

/** Results of tests, as birpc sends them: `onTaskUpdate([[id, result, meta], …], …)`. */
function explainResults(message: unknown, explain: Explain): void {
  const { m: method, a: args } = (message ?? {}) as { readonly m?: unknown; readonly a?: unknown }
  const [packs] = method === 'onTaskUpdate' && Array.isArray(args) ? (args as unknown[]) : []
  for (const pack of Array.isArray(packs) ? (packs as unknown[]) : []) {
    const result = Array.isArray(pack) ? (pack[1] as { errors?: unknown } | undefined) : undefined
    explainErrors(result?.errors, explain)
  }
}
