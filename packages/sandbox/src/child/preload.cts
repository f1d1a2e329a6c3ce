// Loaded first by the processes in a sandbox. It notes what they listen on, for the host, and lets errors say when the
// sandbox is their reason. Nothing else may differ for the code that runs, so it wraps methods and adds no listeners.

// A shell stood between the runner and this process, and a shell does not pass on every variable as it was.
const given = process.env['ISOLANE_ENVIRONMENT']
delete process.env['ISOLANE_ENVIRONMENT']
for (const [name, value] of Object.entries(
  JSON.parse(given ?? '{}') as Record<string, string | null>,
)) {
  if (value === null) delete process.env[name]
  else process.env[name] = value
}

const layer = process.env['ISOLANE_LAYER']
if (layer !== undefined && layer !== '') install(layer)

function install(layer: string): void {
  const net = process.getBuiltinModule('node:net')
  const { appendFileSync, existsSync, readFileSync } = process.getBuiltinModule('node:fs')

  // Variables that the output of a service named.
  const named = `${layer}/env.json`
  if (existsSync(named)) Object.assign(process.env, JSON.parse(readFileSync(named, 'utf8')))

  // 1. What this process listens on.

  const noted = new Set<string>()
  const note = (line: string): void => {
    if (noted.has(line)) return
    noted.add(line)
    quietly(() => appendFileSync(`${layer}/listened`, `${line}\n`, { mode: 0o600 }))
  }
  const { resolve } = process.getBuiltinModule('node:path')
  // All servers of Node.js come by here once they know their address (lib/net.js, setupListenHandle).
  after(net.Server.prototype, '_listen2', (server, [address, port]) => {
    const { _handle: handle } = server as { readonly _handle?: unknown }
    if (handle === null || handle === undefined) return
    // Port 0 is a port that nobody else has: no two tests meet there.
    if (typeof port === 'number' && port > 0) note(String(port))
    else if (port === -1 && typeof address === 'string' && !address.startsWith('\0')) {
      note(resolve(address))
    }
  })

  // 2. What the processes listen on that this one started: seen before they are ended, and when this one ends.

  const has = (table: string, sign: RegExp): boolean => {
    const path = `/proc/self/net/${table}`
    return existsSync(path) && sign.test(readFileSync(path, 'utf8'))
  }
  // A first look, because the module for the second one is slow to load. Of unix sockets, the sign is __SO_ACCEPTCON.
  const mayListen = (): boolean =>
    has('sockstat', /^TCP: inuse [1-9]/m) ||
    has('sockstat6', /^TCP6: inuse [1-9]/m) ||
    has('unix', / 00010000 /)
  const sample = (): void => {
    quietly(() => {
      if (!mayListen()) return
      const { listening } = require('../shared/listening.js') as typeof import(
        '../shared/listening.ts',
        { with: { 'resolution-mode': 'import' } }
      )
      for (const line of listening(layer)) note(line)
    })
  }
  const { ChildProcess } = process.getBuiltinModule('node:child_process')
  before(ChildProcess.prototype, 'kill', ([signal]) => signal !== 0 && sample())
  before(process, 'kill', ([, signal]) => signal !== 0 && sample())
  before(process, 'reallyExit', sample)

  // 3. Errors whose reason is the sandbox.

  const explain = (error: unknown): void => {
    if (!(error instanceof Error) || !reasons.has((error as NodeJS.ErrnoException).code)) return
    quietly(() => {
      const { explain } = require('./hints.js') as typeof import(
        './hints.ts',
        { with: { 'resolution-mode': 'import' } }
      )
      explain(error, layer)
    })
  }
  before(net.Socket.prototype, '_destroy', ([error]) => explain(error))
  const dns = process.getBuiltinModule('node:dns')
  for (const name of ['lookup', 'resolve', 'resolve4', 'resolve6', 'resolveSrv', 'resolveTxt']) {
    before(dns, name, (args) => {
      const last = args.length - 1
      const callback = args[last]
      if (typeof callback !== 'function') return
      args[last] = function (this: unknown, ...results: unknown[]): unknown {
        explain(results[0])
        return Reflect.apply(callback as (...all: unknown[]) => unknown, this, results)
      }
    })
    wrap(dns.promises, name, async (original, self, args) => {
      try {
        return await Reflect.apply(original, self, args)
      } catch (error) {
        explain(error)
        throw error
      }
    })
  }
}

const reasons = new Set<string | undefined>([
  'EAI_AGAIN',
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOENT',
  'ENOTFOUND',
])

function before(target: object, name: string, look: (args: unknown[]) => unknown): void {
  wrap(target, name, (original, self, args) => {
    look(args)
    return Reflect.apply(original, self, args)
  })
}

function after(
  target: object,
  name: string,
  look: (self: unknown, args: readonly unknown[]) => void,
): void {
  wrap(target, name, (original, self, args) => {
    const result: unknown = Reflect.apply(original, self, args)
    look(self, args)
    return result
  })
}

type AnyFunction = (this: unknown, ...args: unknown[]) => unknown

function wrap(
  target: object,
  name: string,
  call: (original: AnyFunction, self: unknown, args: unknown[]) => unknown,
): void {
  const holder = target as Record<string, AnyFunction | undefined>
  const original = holder[name]
  if (typeof original !== 'function') return
  const wrapper = function (this: unknown, ...args: unknown[]): unknown {
    return call(original, this, args)
  }
  // Its name, its number of parameters and how it is promisified.
  Object.defineProperties(wrapper, Object.getOwnPropertyDescriptors(original))
  holder[name] = wrapper
}

function quietly(work: () => void): void {
  try {
    work()
  } catch {
    // A note or a hint that is lost must not become an error of the code that runs here.
  }
}
