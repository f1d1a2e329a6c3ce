import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { lifeOf } from '../shared/process-identity.ts'
import type { ProcessIdentity } from '../shared/process-identity.ts'
import type { RegistryFile } from './registry-file.ts'

/** Who keeps a lock from being had. */
export interface LockHolder {
  readonly pid: number
  /** When it was taken, ISO 8601 UTC. */
  readonly since: string
}

/** How a lock is waited for. */
export interface LockOptions {
  /** Called once when the lock was not to be had within `tellAfterMs`. */
  readonly onWait?: (holder: LockHolder) => void
  /** Default 2000. */
  readonly tellAfterMs?: number
  readonly signal?: AbortSignal
}

interface LockRow extends ProcessIdentity, LockHolder {
  readonly token: string
}

/** A lock whose holder is in another pid namespace is taken for abandoned after so long. */
const unseenMs = 600_000

/** Locks of the whole machine. A lock is a row with its holder's identity, so a dead holder frees it. */
export class Locks {
  readonly #file: RegistryFile

  constructor(file: RegistryFile) {
    this.#file = file
  }

  /** Waits for the lock and gives the token that gives it back. */
  async take(name: string, self: ProcessIdentity, options: LockOptions = {}): Promise<string> {
    const { onWait, tellAfterMs = 2000, signal } = options
    const token = randomUUID()
    const tellAt = performance.now() + tellAfterMs
    let told = false
    for (let pauseMs = 5; ; pauseMs = Math.min(pauseMs * 2, 250)) {
      signal?.throwIfAborted()
      const holder = await this.#takeOrHolder(name, token, self)
      if (holder === undefined) return token
      if (await isAbandoned(holder)) {
        await this.give(name, holder.token)
        continue
      }
      if (!told && performance.now() >= tellAt) {
        told = true
        onWait?.({ pid: holder.pid, since: holder.since })
      }
      const pause = delay(pauseMs * (0.5 + Math.random()), undefined, signal ? { signal } : {})
      // An abort ends the pause; its reason is thrown above.
      await pause.catch(() => {})
    }
  }

  /** Gives a lock back. Harmless when somebody else has it. */
  async give(name: string, token: string): Promise<void> {
    await this.#file.write((file) =>
      file.change('delete from locks where name = ? and token = ?', name, token),
    )
  }

  #takeOrHolder(name: string, token: string, self: ProcessIdentity): Promise<LockRow | undefined> {
    return this.#file.write((file) => {
      const [holder] = file.rows<LockRow>(
        'select token, pid, start, since from locks where name = ?',
        name,
      )
      if (holder === undefined) {
        file.change(
          'insert into locks (name, token, pid, start, since) values (?, ?, ?, ?, ?)',
          name,
          token,
          self.pid,
          self.start,
          new Date().toISOString(),
        )
      }
      return holder
    })
  }
}

async function isAbandoned(holder: LockRow): Promise<boolean> {
  const life = await lifeOf(holder)
  if (life === 'unseen') return Date.now() - Date.parse(holder.since) > unseenMs
  return life === 'dead'
}
