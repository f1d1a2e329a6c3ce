/**
 * How the things that a test touches are seen in the process that touches them: functions of Node.js are replaced by
 * ones that tell first and then do the same. What is made of it is the caller's affair.
 *
 * Test workers load this file at their start, and `things.ts` only when there is something to look at.
 */
import { tracingChannel } from 'node:diagnostics_channel'
import type { Server, Socket } from 'node:net'

type Original = (this: unknown, ...args: unknown[]) => unknown

/**
 * Has calls of a method go to `call`. What stands in its place is a proxy of it: it has its name, length and own
 * properties, and can be spied on, replaced and restored like the original. An inherited method becomes an own one, as
 * it does when it is spied on. Does nothing where there is no such method.
 */
export function replaceMethod<This extends object>(
  target: This,
  name: string,
  call: (original: Original, self: This, args: unknown[]) => unknown,
): void {
  const own = Object.getOwnPropertyDescriptor(target, name)
  const original: unknown = own === undefined ? Reflect.get(target, name) : own.value
  if (typeof original !== 'function' || own?.configurable === false) return
  const value = new Proxy(original as Original, { apply: call })
  // What is there keeps its attributes.
  if (own !== undefined) Object.defineProperty(target, name, { value })
  else Object.defineProperty(target, name, { configurable: true, writable: true, value })
}

/** Has a method tell its arguments to `look` before it does its work. */
export type OnCall = <This extends object>(
  target: This,
  name: string,
  look: (this: This, args: readonly unknown[]) => void,
) => void

/** An {@link OnCall} that looks where `watches` says so, and never at what looking itself does. */
export function callWatcher(watches: () => boolean): OnCall {
  let isLooking = false
  return (target, name, look) => {
    replaceMethod(target, name, (original, self, args) => {
      if (!isLooking && watches()) {
        isLooking = true
        try {
          look.call(self, args)
        } finally {
          isLooking = false
        }
      }
      return Reflect.apply(original, self, args)
    })
  }
}

/** What was done to a file. */
export type FileVerb = 'read' | 'wrote' | 'removed'

/** Gets what is done with files; each argument is what a function of `fs` was given. */
export interface FileLook {
  file(path: unknown, verb: FileVerb): void
  /** @param flags what `fs.open` takes. */
  opened(path: unknown, flags: unknown): void
  /** @param prefix of a directory whose name nobody else gets. */
  madeUnique?(prefix: unknown): void
  /** False where reading is nobody's affair: it is asked more often than anything else. */
  reads(): boolean
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

/** Shows what is done with files, from now on and for the rest of the process's life. */
export function observeFiles(onCall: OnCall, look: FileLook): void {
  const fs = process.getBuiltinModule('node:fs')
  const forms = (name: string, see: (args: readonly unknown[]) => void): void => {
    onCall(fs, name, see)
    onCall(fs, `${name}Sync`, see)
    onCall(fs.promises, name, see)
  }
  for (const [name, paths] of Object.entries(functions)) {
    const readsOnly = paths.every(([, verb]) => verb === 'read')
    forms(name, (args) => {
      if (readsOnly && !look.reads()) return
      for (const [argument, verb] of paths) look.file(args[argument], verb)
    })
  }
  forms('open', ([path, flags]) => look.opened(path, flags))
  forms('mkdir', ([path, options]) => {
    // With `recursive` nothing happens where the directory is: what is written into it will tell.
    const { recursive } = (options ?? {}) as { readonly recursive?: unknown }
    if (recursive !== true) look.file(path, 'wrote')
  })
  forms('mkdtemp', ([prefix]) => look.madeUnique?.(prefix))
  // A stream opens its file later, when nobody knows any more who made it.
  onCall(fs, 'createWriteStream', ([path]) => look.file(path, 'wrote'))
  onCall(fs, 'createReadStream', ([path]) => look.file(path, 'read'))
}

/** Gets what is done with ports; `args` are those of `listen` and `connect`. */
export interface PortLook {
  listening(server: Server, args: readonly unknown[]): void
  connecting(socket: Socket, args: readonly unknown[]): void
}

/** Shows what is done with ports. Servers and sockets of http, https, http2 and tls inherit both methods. */
export function observePorts(onCall: OnCall, look: PortLook): void {
  const net = process.getBuiltinModule('node:net')
  onCall(net.Server.prototype, 'listen', function (args) {
    look.listening(this, args)
  })
  onCall(net.Socket.prototype, 'connect', function (args) {
    look.connecting(this, args)
  })
}

/** Gets the modules that open SQLite databases, each before any code has its classes. */
export interface SqliteLook {
  /** The native addon of better-sqlite3. */
  betterSqlite(addon: Record<string, unknown>): void
  /** `node:sqlite` was loaded. */
  nodeSqlite(): void
}

/** Shows the modules that open SQLite databases when something else loads them; it loads none. */
export function observeSqlite(look: SqliteLook): void {
  const seen = new WeakSet()
  replaceMethod(process, 'dlopen', (original, self, args) => {
    const result = Reflect.apply(original, self, args)
    const [module, file] = args as [{ readonly exports?: unknown }, unknown]
    const { exports } = module
    if (typeof file !== 'string' || !/better[-_]sqlite3/.test(file)) return result
    if (typeof exports !== 'object' || exports === null || seen.has(exports)) return result
    seen.add(exports)
    look.betterSqlite(exports as Record<string, unknown>)
    return result
  })
  onBuiltin('sqlite', () => look.nodeSqlite())
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
