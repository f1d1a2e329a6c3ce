import { readFileSync, realpathSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { appendLine } from '../shared/append-line.ts'
import { hintForAddress, hintForName, hintForSocket, hintMark } from '../shared/hint.ts'
import { machineFile } from '../shared/machine.ts'
import type { Machine } from '../shared/machine.ts'

interface SystemError extends Error {
  readonly code?: string
  readonly syscall?: string
  readonly address?: string
  readonly port?: number
  readonly hostname?: string
  /** Of an AggregateError: one for each address that was tried. */
  readonly errors?: readonly SystemError[]
}

/**
 * Adds a line to the message of an error whose reason is the sandbox: which part of it, and the option that lets it
 * through.
 */
export function explain(error: SystemError, layer: string): void {
  if (error.message.includes(hintMark)) return
  const text = readFileSync(join(dirname(layer), machineFile), 'utf8')
  const machine = JSON.parse(text) as Machine
  // Some runners show the errors inside an AggregateError alone, others its own message alone.
  const all = [...(error.errors ?? []), error]
  const hints = all.map((one) => hintFor(one, machine))
  const first = hints.find(Boolean)
  all.forEach((one, index) => {
    const hint = one === error ? first : hints[index]
    if (hint !== undefined) appendLine(one, hint)
  })
}

function hintFor(error: SystemError, machine: Machine): string | undefined {
  const { code, syscall, address, port, hostname } = error
  if (syscall === 'connect' && address !== undefined) {
    if (port !== undefined) {
      return hintForAddress(address, port, code === 'ECONNREFUSED', machine)
    }
    const absolute = resolve(address)
    return hintForSocket([absolute, join(real(dirname(absolute)), basename(absolute))], machine)
  }
  const named = syscall === 'getaddrinfo' || syscall?.startsWith('query') === true
  return named && hostname !== undefined ? hintForName(hostname, machine) : undefined
}

function real(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}
