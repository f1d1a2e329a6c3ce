import { IsolaneError } from '@isolane/record/worker'
import { currentLane } from './child/current.ts'
import type { LaneInfo } from './child/current.ts'
import type { Resource } from './resource.ts'
import { checkNode } from './shared/check-node.ts'

// Where this module is loaded: an old Node.js fails on something that it lacks before a function is called.
checkNode()

/** Resources by name, in declaration order: each sees the handles and the environment of those above it. */
export type Resources = Readonly<Record<string, Resource>>

/** The handle that a resource opens. */
export type HandleOf<R> = R extends Resource<infer Handle> ? Handle : never

/** Handles by the names given in `defineLanes`. */
export type Handles<R extends Resources> = { readonly [Name in keyof R]: HandleOf<R[Name]> }

/** What a worker owns: a handle for every resource, and the lane's own facts. */
export type CurrentLane<R extends Resources> = Handles<R> & LaneInfo

/** What `defineLanes` gives: hand it to `isolated()` in a runner's config, call `current()` in tests. */
export interface Lanes<R extends Resources = Resources> {
  readonly resources: R
  /**
   * The lane of this process. Works in a worker and in the processes it starts; handles are opened at
   * first use and closed when the process ends.
   *
   * @throws IsolaneError `ISOLANE_OUTSIDE_LANE` where no lane is.
   */
  current(): CurrentLane<R>
}

type NeedsOf<R> = R extends { readonly needs?: infer Needs } ? NonNullable<Needs> : object

/** Refuses at compile time a resource whose `needs` name a handle of another type. */
type Checked<R extends Resources> = {
  readonly [Name in keyof R]: {
    [
      Need in keyof NeedsOf<R[Name]> & keyof R as HandleOf<R[Need]> extends NeedsOf<R[Name]>[Need]
        ? never
        : Need
    ]: { readonly needs: NeedsOf<R[Name]>[Need]; readonly found: HandleOf<R[Need]> }
  } extends Record<string, never>
    ? R[Name]
    : never
}

const reserved = new Set(['id', 'generation', 'slot', 'number', 'run', 'env', 'lock'])

/**
 * Says what every test worker gets. The object is the single source: handle types follow from it.
 *
 * @param resources name to resource, in provisioning order.
 * @throws IsolaneError `ISOLANE_OPTION` for a name that the lane itself uses or that cannot name a directory, and for
 *   what is not a resource.
 * @example
 * ```ts
 * import { defineLanes, port, sqlite } from '@isolane/core'
 *
 * export const lanes = defineLanes({ database: sqlite({ schema: 'db/schema.sql' }), port: port() })
 * ```
 */
export function defineLanes<const R extends Resources>(resources: R & Checked<R>): Lanes<R> {
  const entries: [string, Resource][] = Object.entries(resources)
  for (const [name, resource] of entries) {
    if (reserved.has(name)) {
      throw new IsolaneError('ISOLANE_OPTION', {
        message: `defineLanes: "${name}" cannot name a resource; a lane uses it for itself.`,
        hint: `choose another name than ${[...reserved].join(', ')}.`,
        details: { path: name },
      })
    }
    if (!/^[\p{L}_$][\p{L}\p{N}_$-]*$/u.test(name)) {
      throw new IsolaneError('ISOLANE_OPTION', {
        message: `defineLanes: ${JSON.stringify(name)} cannot name a resource; its directory in a lane has the same name.`,
        hint: 'begin with a letter; letters, digits, "_", "$" and "-" may follow.',
        details: { path: name },
      })
    }
    if (typeof (resource as Partial<Resource> | undefined)?.provision !== 'function') {
      throw new IsolaneError('ISOLANE_OPTION', {
        message: `defineLanes: "${name}" is not a resource (received ${typeof resource}).`,
        hint: 'use sqlite(), port(), tempDir(), server(), accounts() or an object with the five verbs of Resource.',
        details: { path: name },
      })
    }
  }
  const frozen = Object.freeze({ ...resources })
  return Object.freeze({
    resources: frozen,
    current: () => currentLane(frozen) as CurrentLane<R>,
  })
}
