import type { ChildProcess } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import type { IsolaneError } from '@isolane/record/worker'
import { serverFailure } from './failure.ts'
import { listenerOf } from './listener.ts'
import type { Listener } from './listener.ts'
import { LogFile } from './log-file.ts'

/** A server that was started and is waited for. */
export interface StartingServer {
  readonly command: string
  readonly lane: string
  readonly child: ChildProcess
  readonly pid: number
  readonly port: number
  /** Address that answers with a status below 400 when the server is ready. */
  readonly target: URL
  readonly limitMs: number
  readonly logPath: string
  readonly signal: AbortSignal
}

const ANSWER_MS = 5_000
/** Also the last attempt has this much, or its answer would be nothing to go by. */
const LEAST_ANSWER_MS = 1_000

/**
 * Waits until a server answers, is alive and is the one that listens, and tells who of it does.
 *
 * @throws IsolaneError `ISOLANE_SERVER` with the end of its log.
 */
export async function untilReady(
  server: StartingServer,
): Promise<Extract<Listener, { ours: true }>> {
  const { child, limitMs, port, signal, target } = server
  const startedAt = performance.now()
  const waited = (): number => Math.round(performance.now() - startedAt)
  const fail = (what: string, hint: string): IsolaneError => {
    const log = new LogFile(server.logPath).tail(30)
    return serverFailure(server, what, { hint, log, details: { port, waitedMs: waited() } })
  }
  let last = 'it does not accept connections'
  for (;;) {
    signal.throwIfAborted()
    if (child.exitCode !== null || child.signalCode !== null) {
      const how =
        child.exitCode === null ? `signal ${child.signalCode}` : `exit code ${child.exitCode}`
      throw fail(
        `ended with ${how} after ${waited()} ms, before it was ready`,
        'run the command by hand with the same PORT; it must stay in the foreground.',
      )
    }
    const answer = await ask(
      target,
      Math.max(LEAST_ANSWER_MS, Math.min(ANSWER_MS, limitMs - waited())),
      signal,
    )
    if (answer.ready) {
      const listener = await listenerOf(port, { group: server.pid, lane: server.lane })
      if (listener.ours) return listener
      throw fail(
        `does not listen on port ${port}: ${listener.whose} answers there`,
        'make the app listen on the PORT it is given, on 127.0.0.1, and end the other process.',
      )
    }
    // The attempt that the limit cut short says less than an answer before it.
    if (!answer.late || !last.startsWith('GET')) last = answer.why
    if (waited() >= limitMs) {
      throw fail(
        `was not ready within ${limitMs} ms: ${last}`,
        'make the app listen on 127.0.0.1:$PORT, name a path that answers with ready, or raise readyTimeoutMs.',
      )
    }
    await delay(20)
  }
}

async function ask(
  target: URL,
  withinMs: number,
  signal: AbortSignal,
): Promise<{ ready: true } | { ready: false; late: boolean; why: string }> {
  try {
    const response = await fetch(target, {
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(withinMs)]),
    })
    await response.body?.cancel()
    if (response.status < 400) return { ready: true }
    const why = `GET ${target.pathname} answers ${response.status}`
    return { ready: false, late: false, why }
  } catch (error) {
    signal.throwIfAborted()
    const late = error instanceof Error && error.name === 'TimeoutError'
    const why = late ? `GET ${target.pathname} gets no answer` : 'it does not accept connections'
    return { ready: false, late, why }
  }
}
