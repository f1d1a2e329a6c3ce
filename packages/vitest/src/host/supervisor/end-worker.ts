import { setTimeout as delay } from 'node:timers/promises'
import { identify, isAlive } from '@isolane/core/host'
import type { ProcessIdentity } from '@isolane/core/host'
import type { Seat } from '../spares.ts'
import { descendants, orphansOf } from './processes.ts'

/** Time for each step of the ladder but the last. */
const STEP_MS = 1_000

/** How long the kernel may take to end a process after SIGKILL. */
const KILL_LIMIT_MS = 5_000

/**
 * Ends a worker that does not end by itself, and what it has started: it is asked, then SIGTERM, then SIGKILL.
 *
 * @param listens whether its event loop may still turn; only then it is asked.
 * @returns false when it still lives 5 s after SIGKILL: nobody can end it.
 */
export async function endWorker(
  { process: worker, lane }: Seat,
  listens: boolean,
): Promise<boolean> {
  const { child, exited } = worker
  const { pid } = child
  const started =
    pid === undefined ? [] : await identities((await descendants(pid)).map((one) => one.pid))
  const steps: (() => void)[] = [
    // Vitest's worker ends itself when its channel closes; what closes at exit is closed.
    ...(listens && child.connected ? [() => child.disconnect()] : []),
    () => child.kill('SIGTERM'),
    () => child.kill('SIGKILL'),
  ]
  let gone = false
  for (const [index, step] of steps.entries()) {
    step()
    const limitMs = index === steps.length - 1 ? KILL_LIMIT_MS : STEP_MS
    gone = await Promise.race([exited.then(() => true), delay(limitMs, false, { ref: false })])
    if (gone) break
  }
  await endAll(started)
  await endOrphans(lane.id)
  return gone
}

/** Ends what a dead worker has started on its lane. Linux only; elsewhere it finds none. */
export async function endOrphans(lane: string): Promise<void> {
  await endAll(await identities(orphansOf(lane)))
}

async function identities(pids: readonly number[]): Promise<readonly ProcessIdentity[]> {
  const found = await Promise.all(pids.map(async (pid) => await identify(pid)))
  return found.filter((one) => one !== undefined)
}

async function endAll(all: readonly ProcessIdentity[]): Promise<void> {
  await Promise.all(
    all.map(async (one) => {
      // Its pid may be another's by now.
      if (!(await isAlive(one))) return
      try {
        process.kill(one.pid, 'SIGKILL')
      } catch {
        // It ended meanwhile.
        return
      }
      // Until it is gone it listens where it listened, though nobody will hear an answer.
      const limit = performance.now() + KILL_LIMIT_MS
      while (performance.now() < limit && (await isAlive(one))) await delay(5)
    }),
  )
}
