import { registerHooks } from 'node:module'

/** A module that a runner imports, and what stands in for some of its exports. */
export interface Imported {
  /** Tells whether this is it, by the specifier and the URL of the module that imports it. */
  matches(specifier: string, parent: string): boolean
  /** Given a string with the specifier of the real module, gives statements that export what is to be different. */
  exports(real: string): string
}

const mark = '?isolane'

/** Lets a runner import `imported` with other exports, from now on. */
export function changeImported({ matches, exports }: Imported): void {
  registerHooks({
    resolve(specifier, context, next) {
      const resolved = next(specifier, context)
      const parent = context.parentURL ?? ''
      // The stand-in itself asks for the real one.
      if (parent.endsWith(mark) || !matches(specifier, parent)) return resolved
      return { ...resolved, url: `${resolved.url}${mark}`, format: 'module' }
    },
    load(url, context, next) {
      if (!url.endsWith(mark)) return next(url, context)
      const real = JSON.stringify(url.slice(0, -mark.length))
      return {
        format: 'module',
        source: `export * from ${real}\n${exports(real)}\n`,
        shortCircuit: true,
      }
    },
  })
}
