import type { LockQueue } from './lock-queue.ts'
import { blockersText, lockText } from './lock-text.ts'

/**
 * For whom the processes of a lane wait with `lock()`: a line for each lock, free of control characters. Of any run of
 * the machine.
 */
export async function laneWaits(queue: LockQueue, lane: string): Promise<string[]> {
  const lines: string[] = []
  for (const ticket of await queue.waiting(lane)) {
    const rows = await queue.blockers(ticket)
    const names = [...new Set(rows.map(({ name }) => name))]
    if (rows.length > 0) lines.push(`${lockText(names)}: ${blockersText(names, rows)}`)
  }
  return lines
}
