import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { RelayPlan } from '../../shared/helper-plan.ts'

/** What Linux gives to a new network namespace: the first port that an ordinary user may listen on (ip(7)). */
const DEFAULT_FIRST = 1024

/**
 * Lets an ordinary user listen inside on the ports they may have outside (containers allow all), and on those of
 * forwarded services. Writes the first such port into the layer, where it is not what a new network has anyway.
 */
export function allowLowPorts(layer: string, relays: readonly RelayPlan[]): void {
  if (process.getuid?.() === 0) return
  const first = Math.min(firstOutside(), ...relays.map(({ port }) => port))
  if (first < DEFAULT_FIRST) writeFileSync(join(layer, 'first-port'), String(first))
}

let outside: number | undefined

function firstOutside(): number {
  try {
    outside ??= Number(readFileSync('/proc/sys/net/ipv4/ip_unprivileged_port_start', 'utf8'))
  } catch {
    outside = DEFAULT_FIRST
  }
  return outside
}
