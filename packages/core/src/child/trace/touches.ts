import { resolve } from 'node:path'
import type { Touch } from '@isolane/record'
import type { FileVerb } from '@isolane/record/observe'
import { pathOf, writes } from '@isolane/record/observe/things'
import type { FindingKind } from './finding.ts'
import type { Ground } from './ground.ts'
import { shownPath } from './paths.ts'
import { makerOf } from './position.ts'
import { captured, touchingScope } from './scope.ts'
import type { Scope } from './scope.ts'

/** A touch, without what its writer adds. */
export type Touched = Pick<Touch, 'what' | 'name' | 'access'>

/** What {@link Touches} are made from. */
export interface TouchesOptions {
  readonly ground: Ground
  /** Gets every touch outside the lane, once for each scope. */
  readonly onTouch?: ((touched: Touched, scope: Scope) => void) | undefined
  /** What becomes a finding: nothing where a sandbox keeps it apart, or where nobody wants to know. */
  readonly finds: ReadonlySet<Touch['what']>
}

/** Different things that one scope touches beyond this many are not looked at. */
const most = 10_000

/** Judges what tests touch: what is outside the lane is recorded and found, once for each scope. */
export class Touches {
  readonly ground: Ground
  readonly #onTouch: TouchesOptions['onTouch']
  readonly #finds: TouchesOptions['finds']
  readonly #cwd = process.cwd()
  readonly #listened = new Set<number | string>()

  constructor({ ground, onTouch, finds }: TouchesOptions) {
    this.ground = ground
    this.#onTouch = onTouch
    this.#finds = finds
  }

  listened(port: number): void {
    this.#listened.add(port)
    this.#port(port, 'write', 'listened', `listened on port ${port}, which is not its lane's`)?.()
  }

  /**
   * A connection is being made.
   *
   * @returns what to call when it is there: where nobody answers, nothing is shared.
   */
  connecting(port: number): (() => void) | undefined {
    if (this.#listened.has(port)) return undefined
    const text = `connected to port ${port}, which is not its lane's`
    return this.#port(port, 'read', 'connected', text)
  }

  /** A server begins to listen on a socket that has a path. */
  listenedOn(given: string): void {
    const path = resolve(given)
    this.#listened.add(path)
    this.#socket(path, 'write', 'listened on')?.()
  }

  /** As {@link connecting}, to a socket that has a path. */
  connectingTo(given: string): (() => void) | undefined {
    const path = resolve(given)
    return this.#listened.has(path) ? undefined : this.#socket(path, 'read', 'connected to')
  }

  /** @param given what a function of `fs` takes for a path; a descriptor is none. */
  file(given: unknown, verb: FileVerb): void {
    const path = pathOf(given)
    const scope = touchingScope()
    if (path === undefined || scope === undefined) return
    // Loading a file of tests reads its modules.
    if (verb === 'read' && scope.kind !== 'test') return
    if (isNew(scope, verb === 'read' ? `<${path}` : path)) this.#path('file', path, verb, scope)
  }

  /** @param flags what `fs.open` takes. */
  opened(given: unknown, flags: unknown): void {
    this.file(given, writes(flags) ? 'wrote' : 'read')
  }

  database(path: string, access: Touch['access']): void {
    const scope = touchingScope()
    if (scope === undefined || !isNew(scope, `sqlite ${access} ${path}`)) return
    this.#path('database', path, access === 'read' ? 'read' : 'opened the database', scope)
  }

  #port(
    port: number,
    access: Touch['access'],
    kind: FindingKind,
    text: string,
  ): (() => void) | undefined {
    const scope = touchingScope()
    if (scope === undefined || !isNew(scope, `${access} ${port}`)) return undefined
    if (this.ground.ownsPort(port)) return undefined
    const touched: Touched = { what: 'port', name: String(port), access }
    return this.#touch(touched, scope, kind, text, this.ground.allowsPort(port))
  }

  #path(what: 'file' | 'database', given: string, verb: string, scope: Scope): void {
    const path = resolve(given)
    if (this.ground.ownsPath(path)) return
    const access = verb === 'read' ? 'read' : 'write'
    const touched: Touched = { what, name: shownPath(path, this.#cwd), access }
    const isAllowed = access === 'read' || this.ground.allowsPath(path)
    this.#touch(touched, scope, what, this.#outside(verb, path), isAllowed)?.()
  }

  #socket(path: string, access: Touch['access'], verb: string): (() => void) | undefined {
    const scope = touchingScope()
    if (scope === undefined || !isNew(scope, `socket ${access} ${path}`)) return undefined
    if (this.ground.ownsPath(path)) return undefined
    const touched: Touched = { what: 'file', name: shownPath(path, this.#cwd), access }
    const isAllowed = this.ground.allowsPath(path)
    return this.#touch(touched, scope, 'socket', this.#outside(verb, path), isAllowed)
  }

  #outside(verb: string, path: string): string {
    return `${verb} ${shownPath(path, this.ground.root)}, outside its lane`
  }

  /** Hands a touch on, and gives what makes it a finding, if it may be one. */
  #touch(
    touched: Touched,
    scope: Scope,
    kind: FindingKind,
    text: string,
    isAllowed: boolean,
  ): (() => void) | undefined {
    const { position: at, direct } = makerOf(captured())
    // What asks the host of the run, on a socket, is this package.
    if (direct === 'runner' || (kind === 'socket' && direct === 'own')) return undefined
    this.#onTouch?.(touched, scope)
    if (isAllowed || !this.#finds.has(touched.what)) return undefined
    return () => scope.find({ kind, text, at })
  }
}

function isNew({ seen }: Scope, name: string): boolean {
  if (seen.has(name) || seen.size >= most) return false
  seen.add(name)
  return true
}
