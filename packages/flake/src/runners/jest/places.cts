// Loaded first by Jest's worker processes, which alone know who runs which file: Jest's reporters are never
// told. It watches the messages by which jest-worker hands out files, and writes one line for each.
const fs = process.getBuiltinModule('node:fs')
const path = process.env['ISOLANE_JEST_PLACES']
const slot = Number(process.env['JEST_WORKER_ID'])
const startedMs = Math.floor(performance.timeOrigin)
const call = 1
const end = 2

if (path !== undefined && typeof process.send === 'function' && slot >= 1) {
  const listen = (message: unknown): void => {
    if (!Array.isArray(message)) return
    const [type, , , args] = message as unknown[]
    // A listener that stays would keep the process alive.
    if (type === end) process.off('message', listen)
    if (type !== call || !Array.isArray(args)) return
    const [job] = args as readonly unknown[]
    if (typeof job !== 'object' || job === null || !('path' in job)) return
    const line = { file: job.path, worker: String(process.pid), slot, startedMs }
    fs.appendFileSync(path, `${JSON.stringify(line)}\n`, { mode: 0o600 })
  }
  process.on('message', listen)
}
