import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { removeLayer } from './sweep.ts'

/** So many layers are removed together, */
const MOST = 40
/** or as many as there are after this time. */
const WAIT_MS = 1_000

/**
 * Removes layers with rm(1), some together: a file system may let who removes a directory wait for a millisecond, and
 * this process serves its workers meanwhile.
 */
export class Removal {
  readonly #onError: (error: unknown) => void
  readonly #going = new Set<Promise<void>>()
  #waiting: string[] = []
  #timer: NodeJS.Timeout | undefined

  constructor(onError: (error: unknown) => void) {
    this.#onError = onError
  }

  /** Removes a layer, soon. Harmless when it is gone. */
  add(path: string): void {
    this.#waiting.push(path)
    if (this.#waiting.length >= MOST) this.#begin()
    else this.#timer ??= setTimeout(() => this.#begin(), WAIT_MS).unref()
  }

  /** Waits until all are gone. */
  async done(): Promise<void> {
    this.#begin()
    await Promise.all(this.#going)
  }

  #begin(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const paths = this.#waiting
    this.#waiting = []
    if (paths.length === 0) return
    const going = removeAll(paths)
      .catch(this.#onError)
      .finally(() => this.#going.delete(going))
    this.#going.add(going)
  }
}

async function removeAll(paths: readonly string[]): Promise<void> {
  const rm = spawn('rm', ['-rf', '--', ...paths], { stdio: 'ignore' })
  await once(rm, 'close').catch(() => undefined)
  // What rm may not enter, or where there is no rm.
  for (const path of paths) await removeLayer(path)
}
