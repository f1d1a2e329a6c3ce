import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { LaneHost } from '@isolane/core/host'
import type { LaneFile } from '@isolane/core/child'
import { onTestFinished } from 'vitest'

interface Reply {
  readonly id: number
  readonly answer?: unknown
  readonly error?: { readonly code?: string; readonly message: string }
}

/** A worker process, connected to a host. */
export interface LaneWorker {
  readonly pid: number
  acquire(slot: number): Promise<LaneFile>
  /** Sends a request of the protocol; `protocol` and `pid` are added. */
  request(request: object): Promise<unknown>
  kill(): Promise<void>
}

const entry = fileURLToPath(new URL('../fixtures/lane-worker.ts', import.meta.url))

/** Starts a worker process of `host`, killed when the test is over. */
export async function laneWorker(host: LaneHost): Promise<LaneWorker> {
  const child = fork(entry, {
    env: { ...process.env, ...host.env },
    execArgv: [],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const ended = once(child, 'exit')
  const waiting = new Map<number, (reply: Reply) => void>()
  let last = 0
  const replied = async (id: number): Promise<unknown> => {
    const { answer, error } = await new Promise<Reply>((resolve) => waiting.set(id, resolve))
    if (error !== undefined) throw Object.assign(new Error(error.message), { code: error.code })
    return answer
  }
  child.on('message', (reply: Reply) => waiting.get(reply.id)?.(reply))
  child.on('exit', () => {
    for (const [id, settle] of waiting) settle({ id, error: { message: 'the worker is gone' } })
  })
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL')
    await ended
  }
  onTestFinished(kill)
  await replied(0)
  const request = async (one: object): Promise<unknown> => {
    const id = ++last
    const reply = replied(id)
    child.send({ id, request: one })
    return await reply
  }
  return {
    pid: child.pid as number,
    kill,
    request,
    acquire: async (slot) =>
      ((await request({ type: 'acquire', slot })) as { lane: LaneFile }).lane,
  }
}
