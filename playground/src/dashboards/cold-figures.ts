import type { Switches } from '../switches.ts'

/** How long cold figures take, in ms: far longer than any page script needs to ask for them. */
const coldMs = 8000

const readyAt = new Map<string, number>()

/**
 * Begins to get the figures of a session ready. They are at hand at once, save for the share that the
 * switch `coldFigures` makes cold.
 */
export function expectFigures(session: string, { coldFigures }: Switches): void {
  if (Math.random() < coldFigures) readyAt.set(session, performance.now() + coldMs)
  else readyAt.delete(session)
}

/** False while the figures that a page was sent for are not ready. */
export function figuresReady(session: string): boolean {
  return (readyAt.get(session) ?? 0) <= performance.now()
}
