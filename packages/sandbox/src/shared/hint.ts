import type { Machine } from './machine.ts'

/** How every hint begins. */
export const hintMark = 'isolane sandbox:'

/** What a connection that failed has to do with the sandbox; undefined when nothing. */
export function hintForAddress(
  address: string,
  port: number,
  refused: boolean,
  machine: Machine,
): string | undefined {
  if (!isLoopback(address)) {
    return refused ? undefined : ofOutside(hostPort(address, port), machine)
  }
  if (!refused) return undefined
  const at = new Map([
    ['0.0.0.0', '127.0.0.1'],
    ['::', '::1'],
  ]).get(address)
  const accepts = [at ?? address, '::', ...(address.includes(':') ? [] : ['0.0.0.0'])]
  const found = machine.tcp.some(([one, number]) => number === port && accepts.includes(one))
  return found ? ofService(hostPort(at ?? address, port)) : undefined
}

/** The same for a host name that was not resolved. */
export function hintForName(name: string, machine: Machine): string | undefined {
  return ofOutside(name, machine)
}

/** The same for unix sockets by any of these paths. */
export function hintForSocket(paths: readonly string[], machine: Machine): string | undefined {
  const found = paths.find((one) => machine.unix.includes(one))
  return found === undefined ? undefined : ofService(found)
}

/** The same for what a browser says of a page that it could not open. */
export function hintForPage(text: string, machine: Machine): string | undefined {
  const [, refused, outside, address = ''] =
    /\b(?:net::ERR|NS_ERROR)_(?:(CONNECTION_REFUSED)|(NAME_NOT_RESOLVED|INTERNET_DISCONNECTED|ADDRESS_UNREACHABLE|UNKNOWN_HOST|OFFLINE))\b[^]*?(https?:\/\/[^\s"]+)/.exec(
      text,
    ) ?? []
  const url = URL.parse(address.replace(/[.,;"')]+$/, ''))
  if (url === null) return undefined
  if (outside !== undefined) return ofOutside(url.hostname, machine)
  if (refused === undefined) return undefined
  const port = Number(url.port) || (url.protocol === 'https:' ? 443 : 80)
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const local = host === 'localhost' || host.endsWith('.localhost')
  return (local ? ['127.0.0.1', '::1'] : [host])
    .map((one) => hintForAddress(one, port, true, machine))
    .find((hint) => hint !== undefined)
}

function ofService(name: string): string {
  return `${hintMark} ${name} is a service of this machine; --forward ${name} (sandbox.network.forward) lets it through`
}

function ofOutside(name: string, { parts }: Machine): string | undefined {
  if (!parts.includes('network')) return undefined
  const others = parts.filter((part) => part !== 'network').join(',')
  const option = others === '' ? 'ISOLANE_SANDBOX=0' : `--parts ${others}`
  return `${hintMark} ${name} is outside of the sandbox's own network; ${option} (sandbox.network: 'host') lets it through`
}

function isLoopback(address: string): boolean {
  return address.startsWith('127.') || ['::1', '0.0.0.0', '::'].includes(address)
}

function hostPort(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}
