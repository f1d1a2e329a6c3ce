// Adds a line to the message of an error whose reason is the sandbox: which part of it, and the option that lets it
// through.

const { readFileSync, realpathSync } = process.getBuiltinModule('node:fs')
const { basename, dirname, join, resolve } = process.getBuiltinModule('node:path')
const { isIP } = process.getBuiltinModule('node:net')

interface SystemError extends Error {
  readonly code?: string
  readonly syscall?: string
  readonly address?: string
  readonly port?: number
  readonly hostname?: string
  /** Of an AggregateError: one for each address that was tried. */
  readonly errors?: readonly SystemError[]
}

interface Machine {
  readonly parts: readonly string[]
  readonly tcp: readonly (readonly [string, number])[]
  readonly unix: readonly string[]
}

exports.explain = (error: SystemError, layer: string): void => {
  if (error.message.includes(MARK)) return
  const machine = JSON.parse(readFileSync(`${dirname(layer)}/machine.json`, 'utf8')) as Machine
  const hint = [error, ...(error.errors ?? [])].map((one) => hintFor(one, machine)).find(Boolean)
  if (hint === undefined) return
  const { message, stack } = error
  const text = message === '' ? `${MARK} ${hint}` : `${message}\n${MARK} ${hint}`
  // As errors have them: not enumerable.
  const set = (name: string, value: string): void => {
    Object.defineProperty(error, name, { value, writable: true, configurable: true })
  }
  set('message', text)
  if (stack === undefined) return
  const head = stack.split('\n', 1)[0] ?? ''
  const at = message === '' ? head.length : stack.indexOf(message) + message.length
  if (message !== '' && !stack.includes(message)) return
  const gap = message !== '' ? '\n' : /:\s*$/.test(head) ? ' ' : ': '
  set('stack', `${stack.slice(0, at).trimEnd()}${gap}${MARK} ${hint}${stack.slice(at)}`)
}

const MARK = 'isolane sandbox:'

function hintFor(error: SystemError, machine: Machine): string | undefined {
  const { code, syscall, address, port, hostname } = error
  if (syscall === 'connect' && address !== undefined) {
    if (port === undefined) return ofSocket(address, machine)
    if (isLoopback(address)) {
      return code === 'ECONNREFUSED' ? ofPort(address, port, machine) : undefined
    }
    return code === 'ENETUNREACH' || code === 'EHOSTUNREACH'
      ? ofOutside(hostPort(address, port), machine)
      : undefined
  }
  const named = syscall === 'getaddrinfo' || syscall?.startsWith('query') === true
  return named && hostname !== undefined ? ofOutside(hostname, machine) : undefined
}

function ofPort(address: string, port: number, { tcp }: Machine): string | undefined {
  const accepts = isIP(address) === 4 ? [address, '0.0.0.0', '::'] : [address, '::']
  if (address === '0.0.0.0') accepts.push('127.0.0.1')
  const found = tcp.some(([at, number]) => number === port && accepts.includes(at))
  const name = hostPort(address === '0.0.0.0' ? '127.0.0.1' : address, port)
  return found ? ofService(name) : undefined
}

function ofSocket(path: string, { unix }: Machine): string | undefined {
  const absolute = resolve(path)
  const real = join(realDirectory(absolute), basename(absolute))
  const found = [absolute, real].find((one) => unix.includes(one))
  return found === undefined ? undefined : ofService(found)
}

function ofService(name: string): string {
  return `${name} is a service of this machine; --forward ${name} (sandbox.network.forward) lets it through`
}

function ofOutside(name: string, { parts }: Machine): string | undefined {
  if (!parts.includes('network')) return undefined
  const others = parts.filter((part) => part !== 'network').join(',')
  const option = others === '' ? 'ISOLANE_SANDBOX=0' : `--parts ${others}`
  return `${name} is outside of the sandbox's own network; ${option} (sandbox.network: 'host') lets it through`
}

function isLoopback(address: string): boolean {
  return address.startsWith('127.') || ['::1', '0.0.0.0', '::'].includes(address)
}

function hostPort(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}

function realDirectory(path: string): string {
  try {
    return realpathSync(dirname(path))
  } catch {
    return dirname(path)
  }
}
