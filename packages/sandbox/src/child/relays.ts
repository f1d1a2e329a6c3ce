import net from 'node:net'
import type { RelayPlan } from '../shared/helper-plan.ts'
import { relay } from '../shared/relay.ts'

/**
 * Listens on the addresses of forwarded services. Their links are found relative to the working directory, because
 * the path of a unix socket has a limit of 107 bytes.
 *
 * @throws Error with a message for people when none of the addresses of a port can be had.
 */
export async function startRelays(plans: readonly RelayPlan[]): Promise<void> {
  const results = await Promise.allSettled(plans.map(listen))
  plans.forEach((plan, index) => {
    const result = results[index]
    if (result?.status !== 'rejected') return
    // A machine without IPv6 has half of the addresses.
    const other = plans.some(
      (one, at) => one.port === plan.port && results[at]?.status === 'fulfilled',
    )
    if (other) return
    const reason = result.reason instanceof Error ? result.reason.message : String(result.reason)
    throw new Error(`Port ${plan.port} of this machine could not be forwarded: ${reason}`)
  })
}

function listen({ address, port, ipv6Only, link: path }: RelayPlan): Promise<void> {
  return new Promise((resolve, reject) => {
    net
      .createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
        relay(client, net.connect({ path, allowHalfOpen: true }))
      })
      .on('error', reject)
      .listen({ host: address, port, ipv6Only, backlog: 511 }, resolve)
  })
}
