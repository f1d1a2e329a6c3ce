import type { ReportedWorker } from './report.ts'

/** Takes what is known of a worker that has ended. */
export type Collector = (worker: Omit<ReportedWorker, 'runner'>) => void

// Not a variable of this module: a process may have loaded it from two installations.
const key = Symbol.for('isolane.sandbox.collector')

/** Has all that makes sandboxes in this process tell one collector of its workers, instead of reporting them itself. */
export function collectWorkers(collector: Collector): void {
  Reflect.set(globalThis, key, collector)
}

/** The collector of this process; undefined when there is none, and whoever makes sandboxes reports. */
export function workerCollector(): Collector | undefined {
  return Reflect.get(globalThis, key) as Collector | undefined
}
