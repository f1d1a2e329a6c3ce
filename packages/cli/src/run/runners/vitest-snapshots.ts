import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { RunnerSession, Worker } from './session.ts'

/** Has the snapshots that a worker writes kept, wherever they lie in the project. */
export function withSnapshots(worker: Worker, session: RunnerSession): Worker {
  const { plan } = worker
  const notes = join(plan.sandbox.directory, 'snapshots')
  return {
    ...worker,
    plan: {
      ...plan,
      execArgv: [...(plan.execArgv ?? []), '--require', child],
      onStart(process) {
        plan.onStart?.(process)
        // Before the sandbox looks at what there is to copy back.
        process.prependOnceListener('exit', () => {
          for (const path of notedIn(notes)) session.keep(path)
        })
      },
    },
  }
}

const child = fileURLToPath(new URL('../child/vitest-snapshots.cjs', import.meta.url))

function notedIn(path: string): readonly string[] {
  try {
    const lines = readFileSync(path, 'utf8').split('\n')
    return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as string)
  } catch {
    // It wrote none, or was killed in the middle of a line.
    return []
  }
}
