import { setTimeout as delay } from 'node:timers/promises'

/** Polls until `condition` holds. Throws after `deadlineMs`, with what was printed so far. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  printed: () => string = () => '',
  deadlineMs = 90_000,
): Promise<void> {
  const deadline = performance.now() + deadlineMs
  while (!(await condition())) {
    if (performance.now() > deadline) {
      throw new Error(`Not within ${deadlineMs} ms: ${what}\n${printed()}`)
    }
    await delay(20)
  }
}
