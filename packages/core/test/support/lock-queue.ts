import { editRegistry } from './edit-registry.ts'
import { until } from './until.ts'

/** Waits until so many requests for locks, granted or not, are recorded in the registry of `cache`. */
export async function expectRequests(cache: string, count: number): Promise<void> {
  let seen = -1
  await until(
    () => `${count} requests for locks (last seen: ${seen})`,
    () => {
      seen = editRegistry(cache, (database) =>
        Number(database.prepare('select count(*) from lock_requests').pluck().get()),
      )
      return seen === count
    },
  )
}
