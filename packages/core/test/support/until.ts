import { setTimeout as delay } from 'node:timers/promises'

/** Polls until `condition` gives something truthy, and gives that. Throws after `deadlineMs`. */
export async function until<T>(
  what: string | (() => string),
  condition: () => T | Promise<T>,
  deadlineMs = 30_000,
): Promise<NonNullable<T>> {
  const deadline = performance.now() + deadlineMs
  for (;;) {
    const value = await condition()
    if (value) return value
    if (performance.now() > deadline) {
      const awaited = typeof what === 'string' ? what : what()
      throw new Error(`Not within ${deadlineMs} ms: ${awaited}`)
    }
    await delay(10)
  }
}
