import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { keyPath } from '@isolane/record/reporter'
import type { WorkerEvent } from '@isolane/record'
import type { RunRecorder } from '../run-recorder.ts'

/** The channel on which the `isolated` pool tells what becomes of its workers. */
const channel = 'isolane.worker'

interface Happening {
  readonly event: 'crash' | 'hang' | 'requeue'
  readonly atMs: number
  /** When what was running began. */
  readonly sinceMs: number
  readonly file: string
  readonly worker: string
  readonly slot: number
  readonly tests: readonly string[]
  readonly detail: string
}

/** Records workers that died, and what their tests came to by that: Vitest knows only the result of the file's next run. */
export class WorkerDeaths {
  readonly #recorder: RunRecorder<string>
  /** How often each test was running when its worker died. */
  readonly #counts = new Map<string, number>()
  /** Tests whose worker died and whose file does not run again. */
  readonly #ended = new Set<string>()
  readonly #listener = (message: unknown): void => this.#note(message as Happening)

  constructor(recorder: RunRecorder<string>) {
    this.#recorder = recorder
    subscribe(channel, this.#listener)
  }

  count(test: string): number {
    return this.#counts.get(test) ?? 0
  }

  ended(test: string): boolean {
    return this.#ended.has(test)
  }

  close(): void {
    unsubscribe(channel, this.#listener)
  }

  #note({ event, atMs, sinceMs, file, worker, slot, tests, detail }: Happening): void {
    const recorder = this.#recorder
    const place = { worker, ...(slot > 0 ? { slot } : {}) }
    const line: WorkerEvent = {
      kind: 'worker',
      event,
      atMs,
      ...place,
      detail,
      file: keyPath(recorder.cwd, file),
    }
    recorder.write(line)
    for (const test of tests) {
      if (event === 'requeue') {
        this.#ended.delete(test)
        continue
      }
      const retry = this.count(test)
      this.#counts.set(test, retry + 1)
      this.#ended.add(test)
      recorder.attempt(test, {
        ...place,
        outcome: event === 'hang' ? 'timed-out' : 'crashed',
        startMs: recorder.startedAt(test) ?? sinceMs,
        endMs: atMs,
        retry,
        repeat: 0,
      })
    }
  }
}
