import { registerHooks } from 'node:module'
import { fileURLToPath } from 'node:url'

/** A module of a runner that another one stands in for. */
export interface Replaced {
  /** Tells whether this is it: by its URL, the specifier, and the URL of the module that asks for it. */
  matches(url: string, specifier: string, parent: string): boolean
  readonly format: 'module' | 'commonjs'
  /**
   * The module that stands in for it. `give` is an expression that gives what {@link Replaced.give} is;
   * `real` is the text of a string with the specifier of the real module.
   */
  source(real: string, give: string): string
  readonly give: unknown
}

const mark = '?isolane'
const registry = Symbol.for('isolane.run.replaced')

/** Lets a runner load `replaced` instead of modules of its own, from now on. For `import` and `require` alike. */
export function replaceModules(replaced: readonly Replaced[]): void {
  const known = new Map<string, number>()
  Reflect.set(
    globalThis,
    registry,
    replaced.map(({ give }) => give),
  )
  registerHooks({
    resolve(specifier, context, next) {
      const resolved = next(specifier, context)
      const { url } = resolved
      const parent = context.parentURL ?? ''
      // The stand-in itself asks for the real one.
      if (parent.endsWith(mark) || !url.startsWith('file:')) return resolved
      const index = replaced.findIndex(({ matches }) => matches(url, specifier, parent))
      if (index === -1) return resolved
      known.set(`${url}${mark}`, index)
      return { ...resolved, url: `${url}${mark}`, format: replaced[index]?.format }
    },
    load(url, context, next) {
      const index = known.get(url) ?? -1
      const module = replaced[index]
      if (module === undefined) return next(url, context)
      const real = url.slice(0, -mark.length)
      const specifier = module.format === 'module' ? real : fileURLToPath(real)
      const give = `globalThis[Symbol.for(${JSON.stringify(registry.description)})][${index}]`
      return {
        format: module.format,
        source: module.source(JSON.stringify(specifier), give),
        shortCircuit: true,
      }
    },
  })
}

/** The stand-in for a CommonJS module that is the module itself after `change` has changed its exports. */
export function changed(
  matches: Replaced['matches'],
  change: (exports: Record<string, unknown>) => void,
): Replaced {
  return {
    matches,
    format: 'commonjs',
    source: (real, give) => `module.exports = require(${real})\n${give}(module.exports)\n`,
    give: change,
  }
}
