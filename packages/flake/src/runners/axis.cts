// Loaded first by every Node.js process of an arm that holds one thing still: chance, the clock, or the time zone.
// What an intermittent test then does every time in the same way depended on it.
const crypto = process.getBuiltinModule('node:crypto')
const vm = process.getBuiltinModule('node:vm')

interface Realm {
  Math: Math
  Date: DateConstructor
}

const held = process.env['ISOLANE_HOLD']

if (held !== undefined) {
  const { seed, from, to, clockMs, zone } = JSON.parse(held) as Readonly<{
    seed?: number
    from?: number
    to?: number
    clockMs?: number
    zone?: string
  }>
  if (zone !== undefined) holdZone(zone)
  if (seed !== undefined) {
    const next = mulberry32(seed, from, to)
    holdCrypto(next)
    everyRealm((realm) => void (realm.Math.random = next))
  }
  if (clockMs !== undefined) everyRealm((realm) => holdClock(realm, clockMs))
  process.getBuiltinModule('node:module').syncBuiltinESMExports()
}

// Whoever sets another zone, by chance or by the place it runs at, is not heard.
function holdZone(zone: string): void {
  process.env['TZ'] = zone
  process.env = new Proxy(process.env, {
    set: (target, name, value) => name === 'TZ' || Reflect.set(target, name, value),
    deleteProperty: (target, name) => name === 'TZ' || Reflect.deleteProperty(target, name),
  })
}

// Runners that give every file a context of its own (Jest) give it a Math and a Date of its own too.
function everyRealm(hold: (realm: Realm) => void): void {
  hold(globalThis)
  const original = vm.createContext
  vm.createContext = (...args) => {
    const context = original(...args)
    hold(vm.runInContext('globalThis', context) as Realm)
    return context
  }
}

function mulberry32(seed: number, from = 0, to = 1): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return from + ((to - from) * ((mixed ^ (mixed >>> 14)) >>> 0)) / 4_294_967_296
  }
}

// What tests draw from: numbers and identifiers. Keys and salts stay as random as they are.
function holdCrypto(next: () => number): void {
  const digits = (count: number): string =>
    Array.from({ length: count }, () => Math.floor(next() * 16).toString(16)).join('')
  const drawInt = (...[one, other, last]: unknown[]): number | void => {
    const [least, most] = typeof other === 'number' ? [Number(one), other] : [0, Number(one)]
    const value = least + Math.floor(next() * (most - least))
    const callback = typeof other === 'function' ? other : last
    if (typeof callback !== 'function') return value
    setImmediate(callback as (error: null, value: number) => void, null, value)
  }
  const drawUuid = (): string =>
    `${digits(8)}-${digits(4)}-4${digits(3)}-8${digits(3)}-${digits(12)}`
  Object.assign(crypto, { randomInt: drawInt, randomUUID: drawUuid })
  Object.assign(crypto.webcrypto, { randomUUID: drawUuid })
}

// The time of day stands still; timers and performance.now() go on.
function holdClock(realm: Realm, clockMs: number): void {
  const Original = realm.Date
  realm.Date = new Proxy(Original, {
    apply: () => new Original(clockMs).toString(),
    construct: (target, args: unknown[], newTarget) =>
      Reflect.construct(target, args.length === 0 ? [clockMs] : args, newTarget) as Date,
    get: (target, name, receiver) =>
      name === 'now' ? () => clockMs : (Reflect.get(target, name, receiver) as unknown),
  })
}
