import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { globsOf } from '@isolane/sandbox'
import type { Worker } from './session.ts'

/** Has the snapshots that a worker writes kept, wherever they lie below the project's root. */
export function withSnapshots(worker: Worker, root: string): Worker {
  const { plan } = worker
  const notes = join(plan.sandbox.directory, 'snapshots')
  return {
    ...worker,
    plan: {
      ...plan,
      execArgv: [...(plan.execArgv ?? []), '--require', child],
      keep: () => [
        ...(plan.keep?.() ?? []),
        ...notedIn(notes).flatMap((path) => globsOf(path, root)),
      ],
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
