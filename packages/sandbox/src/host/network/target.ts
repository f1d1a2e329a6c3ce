import { isIP } from 'node:net'
import { SandboxError } from '../../shared/sandbox-error.ts'

/** What an entry of `sandbox.network.forward` names. */
export type Target =
  | { readonly kind: 'unix'; readonly path: string }
  /** `address` is undefined for both addresses of localhost. */
  | { readonly kind: 'tcp'; readonly address: string | undefined; readonly port: number }

/**
 * Reads an entry of `sandbox.network.forward`: `'5432'`, `'localhost:5432'`, `'127.0.0.1:5432'`, `'[::1]:5432'`, or
 * the absolute path of a unix socket.
 *
 * @throws SandboxError for anything else.
 */
export function parseTarget(text: string): Target {
  if (text.startsWith('/')) return { kind: 'unix', path: text }
  const match = /^(?:(?:\[([^\]]+)\]|([^:]+)):)?(\d{1,5})$/.exec(text)
  const port = Number(match?.[3])
  if (match === null || port < 1 || port > 65_535) throw wrong(text, 'no port and no path')
  const host = match[1] ?? match[2] ?? 'localhost'
  if (host === 'localhost') return { kind: 'tcp', address: undefined, port }
  if (isIP(host) === 4 && host.startsWith('127.')) return { kind: 'tcp', address: host, port }
  if (isIP(host) === 6 && host === '::1') return { kind: 'tcp', address: host, port }
  throw wrong(text, 'another machine')
}

function wrong(text: string, what: string): SandboxError {
  const shown = JSON.stringify(text)
  if (what === 'another machine') {
    return new SandboxError(
      `sandbox.network.forward names ${what} with ${shown}; it lets services of this one through, on 127.0.0.1 or ::1.`,
      `leave the network as it is: --parts files,processes (sandbox.network: 'host').`,
    )
  }
  return new SandboxError(
    `sandbox.network.forward names ${what} with ${shown}.`,
    'give 5432, 127.0.0.1:5432, [::1]:5432 or the absolute path of a unix socket.',
  )
}
