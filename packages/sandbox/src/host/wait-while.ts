/** How long the kernel may take to end the processes of a dead worker. */
export const END_LIMIT_MS = 5_000

const pause = new Int32Array(new SharedArrayBuffer(4))

/**
 * Waits, and lets nothing else happen, until what was killed is gone: some milliseconds, and 5 s of pauses at most. A
 * machine that halts meanwhile takes none of them away.
 *
 * @param lives looked at every `everyMs`.
 * @returns false when it still lives.
 */
export function waitWhile(lives: () => boolean, everyMs: number): boolean {
  for (let leftMs = END_LIMIT_MS; lives(); leftMs -= everyMs) {
    if (leftMs <= 0) return false
    Atomics.wait(pause, 0, 0, everyMs)
  }
  return true
}
