import type { RelayPlan } from '../../shared/helper-plan.ts'

/** An address inside a sandbox, and the address outside where its connections go. */
export interface Route {
  readonly address: string
  readonly port: number
}

/**
 * Plans the relays for a set of addresses: one listener for an address, and none beside a wildcard that covers it.
 *
 * @param linkTo gives the link to an address of the machine.
 */
export function planRelays(
  routes: readonly Route[],
  linkTo: (address: string, port: number) => string,
): readonly RelayPlan[] {
  const byPort = Map.groupBy(routes, ({ port }) => port)
  return [...byPort].flatMap(([port, same]) => {
    const addresses = [...new Set(same.map(({ address }) => address))]
    const v4 = addresses.filter((address) => !address.includes(':'))
    const v6 = addresses.filter((address) => address.includes(':'))
    const kept = [
      ...(v4.includes('0.0.0.0') ? ['0.0.0.0'] : v4),
      ...(v6.includes('::') ? ['::'] : v6),
    ]
    return kept.map((address) => ({
      address,
      port,
      ipv6Only: v4.length > 0 && address.includes(':'),
      link: linkTo(reachable(address), port),
    }))
  })
}

/** True for an address that a sandbox has too: one of the loopback, or a wildcard. */
export function isLocal(address: string): boolean {
  return address.startsWith('127.') || ['0.0.0.0', '::1', '::'].includes(address)
}

/** How people write an address; for a wildcard, that of the loopback. */
export function hostPort(address: string, port: number): string {
  const host = reachable(address)
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

function reachable(address: string): string {
  if (address === '0.0.0.0') return '127.0.0.1'
  return address === '::' ? '::1' : address
}
