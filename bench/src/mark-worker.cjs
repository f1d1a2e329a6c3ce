// Loaded before everything else in each process of a run: a worker of Vitest writes down, when it stops, what it had
// used of the processor at each of its steps, and when.
const path = process.env.ISOLANE_BENCH_MARKS
if (path !== undefined && process.send !== undefined) {
  const { on, send } = process
  /** @type {Record<string, { atMs: number, cpuMs: number }>} */
  const marks = {}
  /** @param {string} name */
  const mark = (name) => {
    const { user, system } = process.cpuUsage()
    marks[name] ??= {
      atMs: performance.timeOrigin + performance.now(),
      cpuMs: (user + system) / 1_000,
    }
  }
  let listens = false
  // Not sooner than Vitest listens: what has come until then would be lost to it.
  process.on = /** @param {unknown[]} args */ function (...args) {
    if (args[0] === 'message' && !listens) {
      listens = true
      on.call(this, 'message', (message) => {
        const type = typeOf(message)
        if (type === 'start' || type === 'run') mark(type)
      })
    }
    return /** @type {typeof process} */ (Reflect.apply(on, this, args))
  }
  process.send = /** @param {unknown[]} args */ function (...args) {
    const type = typeOf(args[0])
    if (type === 'testfileFinished') mark('ran')
    if (type === 'stopped') {
      mark('stopped')
      require('node:fs').appendFileSync(path, `${JSON.stringify(marks)}\n`)
    }
    return /** @type {boolean} */ (Reflect.apply(send, this, args))
  }
  mark('booted')
}

/**
 * @param {unknown} message
 * @returns {unknown}
 */
function typeOf(message) {
  return typeof message === 'object' && message !== null && 'type' in message
    ? message.type
    : undefined
}
