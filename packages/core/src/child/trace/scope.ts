import { AsyncLocalStorage } from 'node:async_hooks'
import type { Finding, FindingKind } from './finding.ts'

/** Something that a scope has begun and that must be over when the scope is. */
export interface Leftover {
  readonly kind: FindingKind
  /** When it began; its stack is read only if it is needed. */
  readonly at: Error
  /** True while it must be over and is not. */
  remains(): boolean
  text(): string
  /** True when it may be over in a moment, because its end is on its way. */
  readonly mayEndSoon?: boolean
  /** True once somebody has asked it to end. It has time for that until the file is over. */
  wasAskedToEnd?(): boolean
  /** Title of the test or suite that left it so. */
  readonly by?: () => string
  /** True when only code of the project is asked about it: what a library keeps is its own affair. */
  readonly onlyOfProject?: boolean
}

/** How a scope is called. */
export interface ScopeName {
  /** For messages: the key of the test, suite or file. */
  readonly title: string
  /** Test file, relative to the directory of the command. */
  readonly file: string
  /** Key of the test in the record; undefined where it is not one test. */
  readonly key?: string | undefined
}

/** What a {@link Scope} is made from. */
export interface ScopeOptions {
  /** `test`: one attempt of one test; `suite`: its hooks; `file`: hooks and top level of a test file. */
  readonly kind: 'test' | 'suite' | 'file'
  /** Asked only when something is found. */
  readonly name: () => ScopeName
  readonly parent?: Scope | undefined
  /** Gets what is found after the end of a scope that has none around it. */
  readonly onLate?: ((finding: Finding) => void) | undefined
}

/** On whose account things are done: one attempt of a test, or what belongs to a suite or a file. */
export class Scope {
  readonly kind: ScopeOptions['kind']
  readonly parent: Scope | undefined
  /** What was looked at already: a thing is judged once for each scope. */
  readonly seen = new Set<string>()
  readonly left = new Map<object | string, Leftover>()
  readonly #options: ScopeOptions
  #found: Finding[] = []
  #ended = false

  constructor(options: ScopeOptions) {
    this.kind = options.kind
    this.parent = options.parent
    this.#options = options
  }

  get name(): ScopeName {
    return this.#options.name()
  }

  get ended(): boolean {
    return this.#ended
  }

  /** Notes what was found. After the end of the scope it goes to the one around it. */
  find(finding: Finding): void {
    if (!this.#ended) {
      this.#found.push(finding)
      return
    }
    const late = { ...finding, by: finding.by ?? this.name.title }
    if (this.parent === undefined) this.#options.onLate?.(late)
    else this.parent.find(late)
  }

  /** Gives what was found, and ends the scope. */
  end(): Finding[] {
    this.#ended = true
    const found = this.#found
    this.#found = []
    return found
  }
}

/** The scope that code runs in. Its owner exchanges it when the next attempt begins. */
export interface ScopeHolder {
  now: Scope
}

/** How frames of the test runner are told. */
export interface RunnerCode {
  /** What the runner's code does by itself is no test's doing. */
  readonly directories: readonly string[]
  /** Files that only pass calls on, such as those of spies. */
  readonly transparent?: RegExp
}

let runner: RunnerCode = { directories: [] }

/** Where the test runner's code lies, as far as it was said. */
export function runnerCode(): RunnerCode {
  return runner
}

/** Says where the test runner's code lies. */
export function setRunnerCode(code: RunnerCode): void {
  runner = code
}

const storage = new AsyncLocalStorage<ScopeHolder>()
const running = new Set<Scope>()

/** Runs `work`, and all that it starts, on the account of the holder's scope. */
export function within<T>(holder: ScopeHolder, work: () => T): T {
  return storage.run(holder, work)
}

/** Runs `work` on the account of the file around the current scope. */
export function withinFile<T>(work: () => T): T {
  let file = currentScope()
  while (file?.parent !== undefined) file = file.parent
  return file === undefined ? work() : storage.run({ now: file }, work)
}

/** Runs `work` on nobody's account: what outlives every test file. */
export function withinWorker<T>(work: () => T): T {
  return storage.exit(work)
}

/** On whose account the code that calls this runs; undefined for what belongs to no test file. */
export function currentScope(): Scope | undefined {
  return storage.getStore()?.now
}

/**
 * Who touches something: the current scope, or the test that runs when it is alone. What a server of `beforeAll` does
 * for a request belongs to the server's context, but the test has asked for it.
 */
export function touchingScope(): Scope | undefined {
  const scope = currentScope()
  if (scope === undefined || scope.kind === 'test' || running.size !== 1) return scope
  const [only] = running
  return only
}

/** Begins an attempt of a test. */
export function begin(attempt: Scope): void {
  running.add(attempt)
}

/** It runs no longer. */
export function stop(attempt: Scope): void {
  running.delete(attempt)
}

/** Milliseconds since 1970, whatever tests have done to the clock. */
export const wallMs = Date.now.bind(Date)

/** Things of one scope beyond this many are no longer looked at: such a test is reported anyway. */
const most = 1_000

/**
 * Notes that the current scope has begun something.
 *
 * @param identity of the thing: a second note replaces the first.
 * @param depth frames that suffice to see whose code it was.
 */
export function noteLeftover(
  identity: object | string,
  leftover: Omit<Leftover, 'at'>,
  depth?: number,
): void {
  const scope = currentScope()
  if (scope === undefined || scope.ended) return
  if (hasRoom(scope)) scope.left.set(identity, { ...leftover, at: captured(depth) })
}

function hasRoom({ left }: Scope): boolean {
  if (left.size >= most) {
    for (const [other, one] of left) if (!one.remains()) left.delete(other)
  }
  return left.size < most
}

/** Hands what was asked to end, and has not yet, on to the scope around. */
export function handOnEnding(scope: Scope): void {
  const { left, parent } = scope
  if (parent === undefined || parent.ended) return
  for (const [identity, one] of left) {
    if (one.wasAskedToEnd?.() !== true || !one.remains() || !hasRoom(parent)) continue
    left.delete(identity)
    parent.left.set(identity, { by: () => scope.name.title, ...one })
  }
}

/** Frames that suffice to see whose code did what suites do often. */
export const fewFrames = 12

/** The stack of this moment. Until it is read, it costs microseconds. */
export function captured(depth = 40): Error {
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = depth
  const moment = new Error('The stack of a moment.')
  Error.stackTraceLimit = stackTraceLimit
  return moment
}
