// Loaded first by every Node.js process of an arm that holds one thing still: chance, or the clock. What an
// intermittent test then does every time in the same way depended on it.
const held = process.env['ISOLANE_HOLD']

if (held !== undefined) {
  const { seed, clockMs } = JSON.parse(held) as { seed?: number; clockMs?: number }
  if (seed !== undefined) holdChance(seed)
  if (clockMs !== undefined) holdClock(clockMs)
}

// mulberry32
function holdChance(seed: number): void {
  let state = seed | 0
  Math.random = () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

// The time of day stands still; timers and performance.now() go on.
function holdClock(clockMs: number): void {
  const Original = Date
  globalThis.Date = new Proxy(Original, {
    apply: () => new Original(clockMs).toString(),
    construct: (target, args: unknown[], newTarget) =>
      Reflect.construct(target, args.length === 0 ? [clockMs] : args, newTarget) as Date,
    get: (target, name, receiver) =>
      name === 'now' ? () => clockMs : (Reflect.get(target, name, receiver) as unknown),
  })
}
