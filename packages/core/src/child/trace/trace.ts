/**
 * Traces what the tests of a worker do outside its lane, and what they leave behind. It knows no runner: whoever runs
 * tests says on whose account code runs (`within`), and asks at the end of each test, suite and file (`end`).
 *
 * Every worker loads this file and `scope.ts`, and nothing more until a test does something that is looked at: each
 * further module would cost each worker half a millisecond.
 */
import { tracingChannel } from 'node:diagnostics_channel'
import { createRequire, syncBuiltinESMExports } from 'node:module'
import type { Touch } from '@isolane/record'
import { onCall, replaceMethod } from './replace.ts'
import { currentScope, noteLeftover, setRunnerCode, withinWorker } from './scope.ts'
import type { RunnerCode } from './scope.ts'
import type { FileVerb, Touches } from './touches.ts'
import { watchProcess } from './watch.ts'

export { begin, end, Scope, within, withinFile, withinWorker } from './scope.ts'
export type { ScopeHolder, ScopeName, ScopeOptions } from './scope.ts'
export type { Finding, FindingKind } from './finding.ts'

/** What {@link startTrace} is told. */
export interface TraceOptions {
  /** Absolute project root: globs start here. */
  readonly root: string
  /** Globs of paths and numbers of ports that tests may use although they are not the lane's. */
  readonly allow: readonly (string | number)[]
  /** What becomes a finding; nothing when only the record wants to know. */
  readonly finds: readonly Touch['what'][]
  /** Whether what tests leave behind is looked for. */
  readonly watchesLeftovers: boolean
  /** Whether the runner itself takes back what it changes in the environment for a test. */
  readonly restoresEnvironment?: boolean
  /** The record that touches are appended to; undefined for none. */
  readonly record?: string | undefined
  /** Where this worker is, for the record. Asked at every touch, because it may change. */
  readonly place?: () => Pick<Touch, 'worker' | 'slot'>
  readonly runner?: RunnerCode
}

const require = createRequire(import.meta.url)

/** Starts to trace, once in a process and for the rest of its life. */
export function startTrace(options: TraceOptions): void {
  const { watchesLeftovers, runner } = options
  if (runner !== undefined) setRunnerCode(runner)
  let made: Touches | undefined
  // What loads a module reads files, and that is on no test's account.
  const touches = (): Touches => {
    made ??= withinWorker(() =>
      (require('./judge.js') as typeof import('./judge.ts')).makeTouches(options),
    )
    return made
  }
  traceFiles(touches)
  tracePorts(touches, watchesLeftovers)
  traceDatabases(touches, watchesLeftovers)
  if (watchesLeftovers) watchProcess(options.restoresEnvironment ?? false)
  // Modules have imported these functions by name: what they have is brought up to date.
  syncBuiltinESMExports()
}

type Paths = readonly (readonly [argument: number, verb: FileVerb])[]

const writes: Paths = [[0, 'wrote']]
const writesSecond: Paths = [[1, 'wrote']]
const removes: Paths = [[0, 'removed']]

/** Functions of `fs`, all of them there three times: with a callback, with `Sync`, and with promises. */
const functions: Readonly<Record<string, Paths>> = {
  appendFile: writes,
  copyFile: [
    [0, 'read'],
    [1, 'wrote'],
  ],
  cp: writesSecond,
  link: writesSecond,
  readFile: [[0, 'read']],
  rename: [
    [0, 'removed'],
    [1, 'wrote'],
  ],
  rm: removes,
  rmdir: removes,
  symlink: writesSecond,
  truncate: writes,
  unlink: removes,
  writeFile: writes,
}

function traceFiles(touches: () => Touches): void {
  const fs = process.getBuiltinModule('node:fs')
  const forms = (name: string, look: (args: readonly unknown[]) => void): void => {
    onCall(fs, name, look)
    onCall(fs, `${name}Sync`, look)
    onCall(fs.promises, name, look)
  }
  for (const [name, paths] of Object.entries(functions)) {
    const readsOnly = paths.every(([, verb]) => verb === 'read')
    forms(name, (args) => {
      // Loading a file of tests reads its modules.
      if (readsOnly && currentScope()?.kind !== 'test') return
      for (const [argument, verb] of paths) touches().file(args[argument], verb)
    })
  }
  forms('open', ([path, flags]) => touches().opened(path, flags))
  forms('mkdir', ([path, options]) => {
    // With `recursive` nothing happens where the directory is: what is written into it will tell.
    const { recursive } = (options ?? {}) as { readonly recursive?: unknown }
    if (recursive !== true) touches().file(path, 'wrote')
  })
  forms('mkdtemp', ([prefix]) => touches().ground.addUnique(prefix))
  // A stream opens its file later, when nobody knows any more who made it.
  onCall(fs, 'createWriteStream', ([path]) => touches().file(path, 'wrote'))
  onCall(fs, 'createReadStream', ([path]) => touches().file(path, 'read'))
}

function tracePorts(touches: () => Touches, watchesLeftovers: boolean): void {
  const net = process.getBuiltinModule('node:net')
  const ports = (): typeof import('./ports.ts') => require('./ports.js') as never
  // Servers and sockets of http, https, http2 and tls inherit both methods.
  onCall(net.Server.prototype, 'listen', function (args) {
    ports().listening(touches(), args)
    if (!watchesLeftovers) return
    noteLeftover(this, {
      kind: 'server',
      remains: () => this.listening,
      text: () => `left a server listening on ${ports().addressOf(this)}`,
    })
  })
  onCall(net.Socket.prototype, 'connect', function (args) {
    ports().connecting(touches(), this, args)
  })
}

/** Neither better-sqlite3 nor `node:sqlite` is loaded for it: they are wrapped when something else loads them. */
function traceDatabases(touches: () => Touches, watchesTransactions: boolean): void {
  const databases = () =>
    withinWorker(() => require('./databases.js') as typeof import('./databases.ts'))
  const wrapped = new WeakSet()
  replaceMethod(
    process,
    'dlopen',
    (original) =>
      function (...args) {
        const result = Reflect.apply(original, this, args)
        const [module, file] = args as [{ readonly exports?: unknown }, unknown]
        const { exports } = module
        if (typeof file !== 'string' || !/better[-_]sqlite3/.test(file)) return result
        if (typeof exports !== 'object' || exports === null || wrapped.has(exports)) return result
        wrapped.add(exports)
        databases().wrapBetterSqlite(
          exports as Record<string, unknown>,
          touches(),
          watchesTransactions,
        )
        return result
      },
  )
  onBuiltin('sqlite', () => databases().wrapNodeSqlite(touches(), watchesTransactions))
}

/**
 * Calls `use` once when a module of Node.js is loaded by whichever import or require. Asking for it beforehand would
 * load it, which takes time and prints a warning on some versions.
 */
function onBuiltin(name: string, use: () => void): void {
  const { moduleLoadList } = process as { readonly moduleLoadList?: readonly string[] }
  if (moduleLoadList === undefined) return
  const imports = tracingChannel('module.import')
  const requires = tracingChannel('module.require')
  let length = 0
  const look = (): void => {
    // Every module of Node.js comes to the end of this list when it is loaded.
    for (; length < moduleLoadList.length; length++) {
      if (moduleLoadList[length] !== `NativeModule ${name}`) continue
      imports.unsubscribe(onImport as never)
      requires.unsubscribe(onRequire as never)
      use()
      return
    }
  }
  // What an import gives is settled when the module is first imported; `syncBuiltinESMExports` does nothing for those
  // that only have a name with `node:` (lib/internal/bootstrap/realm.js).
  const start = ({ url }: { readonly url?: unknown }): void => {
    if (url === `node:${name}`) process.getBuiltinModule(url)
    look()
  }
  const onImport = { start, asyncEnd: look }
  const onRequire = { end: look }
  imports.subscribe(onImport as never)
  requires.subscribe(onRequire as never)
  look()
}
