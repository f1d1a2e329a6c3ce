import { writeFileSync } from 'node:fs'
import { environment } from './environment.ts'

/** What a reporter knows of a run that may hang. */
export interface Watched {
  /** Time since anything was heard of the tests, in ms. */
  silentMs(): number
  /** Time for which a healthy run may be silent, in ms: by how long its tests take, and what they are allowed. */
  healthyMs(): number
  /** Notes that the tests that run hang. @returns false when none runs: then something else takes its time. */
  note(silentMs: number): boolean
}

const everyMs = 500

/**
 * Watches a run as long as this process has other work: when nothing is heard of it for too long, the tests that
 * run are noted, and the file named by `ISOLANE_HANG` asks for the run to be ended. Without the variable, nothing
 * is watched.
 *
 * @returns ends the watch.
 */
export function watchForHang(watched: Watched): () => void {
  const wish = process.env[environment.hang]
  if (wish === undefined) return () => {}
  const { path, afterMs } = JSON.parse(wish) as HangWish
  const timer = setInterval(() => {
    const silentMs = watched.silentMs()
    if (silentMs < afterMs || silentMs < watched.healthyMs() || !watched.note(silentMs)) return
    clearInterval(timer)
    writeFileSync(path, '', { mode: 0o600 })
  }, everyMs)
  timer.unref()
  return () => clearInterval(timer)
}

/** JSON of `ISOLANE_HANG`. */
export interface HangWish {
  /** The file that is made when the run hangs. */
  readonly path: string
  /** Time without a sign of life from which on a run may hang. */
  readonly afterMs: number
}

/** What is said of a test that ran when nothing was heard any more. */
export function hangMessage(silentMs: number): string {
  return `no sign of life for ${Math.round(silentMs / 1000)} s while this test ran`
}
