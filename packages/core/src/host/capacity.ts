import type { Lanes, Resources } from '../lanes.ts'
import { Registry } from '../registry/registry.ts'

/**
 * The resource that allows the fewest lanes at once on this machine, and how many: at least one, because a
 * lane that cannot be made says best what it lacks and who has it.
 */
export async function capacityOf(
  resources: Resources,
  registry: Registry,
): Promise<{ readonly lanes: number; readonly resource: string } | undefined> {
  const leased = (kind: string): Promise<string[]> => registry.leased(kind)
  let least: { lanes: number; resource: string } | undefined
  for (const [resource, finite] of Object.entries(resources)) {
    if (finite.capacity === undefined) continue
    const lanes = Math.max(1, await finite.capacity({ leased }))
    if (lanes === Infinity) continue
    if (least === undefined || lanes < least.lanes) least = { lanes, resource }
  }
  return least
}

/** The same before a host is started; undefined when no resource is finite. */
export async function laneCapacity(
  lanes: Lanes,
): Promise<{ readonly lanes: number; readonly resource: string } | undefined> {
  const { resources } = lanes
  if (Object.values(resources).every(({ capacity }) => capacity === undefined)) return undefined
  const registry = await Registry.open()
  try {
    return await capacityOf(resources, registry)
  } finally {
    await registry.close()
  }
}
