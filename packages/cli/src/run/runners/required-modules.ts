import Module from 'node:module'

/** A CommonJS module that a runner requires, by path. */
export interface Required {
  readonly name: RegExp
  /** The module that requires it, when it matters. */
  readonly parent?: RegExp
  /** Gives what the runner gets instead of the module's exports. */
  change(exports: object): object
}

type Load = (
  request: string,
  parent: { filename?: string } | null | undefined,
  isMain: boolean,
) => object

/**
 * Lets a runner have other exports of modules that it requires, from now on. Their paths stay: Jest reads the path of
 * its runner with `require.resolve`, and keys its caches by it.
 */
export function changeRequired(modules: readonly Required[]): void {
  const load = Reflect.get(Module, '_load') as Load
  const changed = new Map<object, object>()
  const changing: Load = function (request, parent, isMain) {
    const exports = load.call(Module, request, parent, isMain)
    const module = modules.find(
      ({ name, parent: by }) =>
        name.test(request) && (by === undefined || by.test(parent?.filename ?? '')),
    )
    if (module === undefined) return exports
    const instead = changed.get(exports) ?? module.change(exports)
    changed.set(exports, instead)
    return instead
  }
  Reflect.set(Module, '_load', changing)
}
