import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { LockOptions } from '@isolane/core'
import { onTestFinished } from 'vitest'

interface Reply {
  readonly id: number
  readonly error?: { readonly code?: string; readonly message: string; readonly stack?: string }
}

/** A lock that another process was told to ask for. */
export interface Asked {
  /** Settles when it is granted, or not. */
  readonly granted: Promise<void>
  /** Gives it back. */
  release(): Promise<void>
}

/** A process that asks for locks. */
export interface Locker {
  readonly pid: number
  /** Asks for a lock, and waits for it. */
  lock(names: string | string[], options?: LockOptions): Promise<Asked>
  /** Asks for a lock, and does not wait. */
  ask(names: string | string[], options?: LockOptions): Asked
  kill(): Promise<void>
}

const entry = fileURLToPath(new URL('../fixtures/locker-main.ts', import.meta.url))

/** Starts a process with these variables of a run or lane; killed when the test is over. */
export async function locker(env: Readonly<Record<string, string>>): Promise<Locker> {
  const child = fork(entry, {
    env: { ...process.env, ...env },
    execArgv: [],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const ended = once(child, 'exit')
  const waiting = new Map<number, (reply: Reply) => void>()
  let last = 0
  const replied = async (id: number): Promise<void> => {
    const { error } = await new Promise<Reply>((resolve) => waiting.set(id, resolve))
    if (error !== undefined) throw Object.assign(new Error(error.message), error)
  }
  child.on('message', (reply: Reply) => waiting.get(reply.id)?.(reply))
  child.on('exit', () => {
    for (const [id, settle] of waiting) settle({ id, error: { message: 'the process is gone' } })
  })
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL')
    await ended
  }
  onTestFinished(kill)
  await replied(0)
  const send = (order: object): { id: number; reply: Promise<void> } => {
    const id = ++last
    const reply = replied(id)
    reply.catch(() => undefined)
    child.send({ ...order, id })
    return { id, reply }
  }
  const ask: Locker['ask'] = (names, options) => {
    const { id, reply } = send({ do: 'lock', names, options })
    return { granted: reply, release: () => send({ do: 'release', of: id }).reply }
  }
  return {
    pid: child.pid as number,
    kill,
    ask,
    lock: async (names, options) => {
      const asked = ask(names, options)
      await asked.granted
      return asked
    },
  }
}
