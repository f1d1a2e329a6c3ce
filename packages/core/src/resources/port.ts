import { readFileSync } from 'node:fs'
import { IsolaneError } from '@isolane/record/worker'
import type { Holdings, LaneFacts, LeaseHolder, Resource } from '../resource.ts'
import { checkOptions } from '../shared/options.ts'

/** Options of {@link port}. */
export interface PortOptions {
  /** Variable that holds the number. Default `PORT`, unless a resource above has set it. */
  readonly env?: string
  /**
   * First and last port that may be leased, both included, 1024 to 65535. Default: 20000 to 31999,
   * or what lies below the range from which the system takes ports for outgoing connections.
   */
  readonly range?: readonly [from: number, to: number]
}

/** What a test holds of its lane's port. */
export interface PortHandle {
  readonly number: number
  readonly host: '127.0.0.1'
  /** `http://127.0.0.1:<number>` */
  readonly url: string
}

type PortRange = readonly [from: number, to: number]

/** What `provision` of {@link port} gives. */
export interface PortData {
  readonly number: number
}

interface PortTemplate {
  readonly range: PortRange
}

const kind = 'port'

/**
 * A TCP port of the lane's own. No other live lane on this machine has it, whichever run it belongs
 * to, and nobody listened on it, on IPv4 or IPv6, when it was leased. It stays the lane's across resets.
 *
 * @throws {IsolaneError} `ISOLANE_OPTION` at once for a wrong option; `ISOLANE_PORT` from `provision` when no
 *   port of the range is free, with who has them.
 * @example
 * ```ts
 * import { defineLanes, port } from '@isolane/core'
 *
 * export const lanes = defineLanes({ port: port(), api: port({ env: 'API_PORT' }) })
 * // in a test
 * const { port: own } = lanes.current()
 * await fetch(`${own.url}/healthz`)
 * ```
 */
export function port(options: PortOptions = {}): Resource<PortHandle, PortData> {
  const given: unknown = options
  checkOptions('port()', given, ['env', 'range'])
  const { env: ownName, range } = options
  checkEnv(ownName)
  checkRange(range)
  const resource: Resource<PortHandle, PortData, PortTemplate> = {
    kind,

    prepare: async () => ({ range: range ?? defaultRange() }),

    // The default range has more ports than anybody has workers.
    ...(range === undefined ? {} : { capacity: (machine) => freeOf(range, machine) }),

    async provision({ template, lane, env, holdings, signal }) {
      const number = await leasePort(template.range, lane, holdings, signal)
      const name = ownName ?? ('PORT' in env ? undefined : 'PORT')
      return {
        data: { number },
        ...(name === undefined ? {} : { env: { [name]: String(number) } }),
      }
    },

    open: ({ number }) => ({ number, host: '127.0.0.1', url: `http://127.0.0.1:${number}` }),

    // The lane's own app may be listening: the lease is all there is to keep.
    reset: async () => ({ ok: true }),

    dispose: ({ number }, { holdings }) => holdings.release(kind, String(number)),
  }
  return resource
}

async function freeOf([from, to]: PortRange, machine: Pick<Holdings, 'leased'>): Promise<number> {
  const leased = (await machine.leased(kind)).map(Number)
  const free = to - from + 1 - leased.filter((one) => one >= from && one <= to).length
  // With none left `provision` says who has them.
  return Math.max(free, 1)
}

async function leasePort(
  range: PortRange,
  lane: LaneFacts,
  holdings: Holdings,
  signal: AbortSignal,
): Promise<number> {
  const leased = new Set((await holdings.leased(kind)).map(Number))
  const taken: number[] = []
  for (const number of spread(range)) {
    signal.throwIfAborted()
    // A port is probed by who holds its lease and by nobody else: a probe of a port that another lane
    // holds would, for its moment, keep that lane's app from listening.
    if (leased.has(number) || !(await holdings.lease(kind, String(number)))) continue
    try {
      if (await isFree(number)) return number
    } catch (error) {
      await holdings.release(kind, String(number))
      throw error
    }
    await holdings.release(kind, String(number))
    taken.push(number)
  }
  throw usedUp(range, lane, await holdings.holders(kind), taken)
}

// Every lane starts at a place of its own, so that runs that start together do not meet.
function* spread([from, to]: PortRange): Generator<number> {
  const size = to - from + 1
  const start = Math.floor(Math.random() * size)
  for (let step = 0; step < size; step += 1) yield from + ((start + step) % size)
}

// get-port listens for a moment on every address of this machine, ::1, 0.0.0.0 and :: included, and
// gives another port when one of them is taken. It remembers what it gave for a while, across lanes:
// the registry knows better.
async function isFree(number: number): Promise<boolean> {
  const { default: getPort, clearLockedPorts } = await import('get-port')
  clearLockedPorts()
  return (await getPort({ port: [number] })) === number
}

const preferred: PortRange = [20_000, 31_999]
const roomy = 1000

function defaultRange(): PortRange {
  const [low, high] = ephemeralRange()
  if (low - preferred[0] >= roomy) return [preferred[0], Math.min(preferred[1], low - 1)]
  if (low - 1024 >= roomy) return [1024, low - 1]
  if (65_535 - high >= roomy) return [high + 1, 65_535]
  return preferred
}

/** The ports the system gives to outgoing connections, which may take them at any time. */
function ephemeralRange(): PortRange {
  if (process.platform === 'linux') {
    try {
      const text = readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'latin1')
      const [low, high] = text.trim().split(/\s+/).map(Number)
      if (low && high) return [low, high]
    } catch {
      return [32_768, 60_999]
    }
  }
  return [49_152, 65_535]
}

function checkEnv(env: unknown): void {
  if (env === undefined || (typeof env === 'string' && /^[A-Za-z_]\w*$/.test(env))) return
  throw new IsolaneError('ISOLANE_OPTION', {
    message: `port.env is ${show(env)}: it must be the name of an environment variable.`,
    hint: `for example port({ env: 'API_PORT' }).`,
    details: { path: 'port.env', received: env },
  })
}

function checkRange(range: unknown): void {
  if (range === undefined) return
  const list: readonly unknown[] = Array.isArray(range) ? range : []
  const [from, to] = list
  if (isPort(from) && isPort(to) && from <= to && list.length === 2) return
  throw new IsolaneError('ISOLANE_OPTION', {
    message: `port.range is ${show(range)}: it must be [from, to], two whole numbers from 1024 to 65535, the smaller one first.`,
    hint: `for example port({ range: [${preferred.join(', ')}] }), or leave it out.`,
    details: { path: 'port.range', received: range },
  })
}

function isPort(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= 1024 && Number(value) <= 65_535
}

function show(value: unknown): string {
  return `${JSON.stringify(value) ?? String(value)} (${Array.isArray(value) ? 'array' : typeof value})`
}

function usedUp(
  [from, to]: PortRange,
  lane: LaneFacts,
  holders: readonly LeaseHolder[],
  taken: readonly number[],
): IsolaneError {
  const held = holders.filter(({ name }) => Number(name) >= from && Number(name) <= to)
  const lines = [...byRun(held)].map(
    ([run, { pid, ports }]) => `  run ${run.slice(0, 8)} (pid ${pid}) holds ${listed(ports)}`,
  )
  if (taken.length > 0) lines.push(`  other programs listen on ${listed(taken)}`)
  return new IsolaneError('ISOLANE_PORT', {
    message: [
      `No free port for lane ${lane.id} in ${from}-${to}: of ${to - from + 1} ports ${count(held.length)} leased by lanes and ${count(taken.length)} taken by other programs.`,
      ...lines,
    ].join('\n'),
    hint: `give a wider range, for example port({ range: [${preferred.join(', ')}] }), or use fewer workers.`,
    details: { range: [from, to], leased: held, taken },
  })
}

function count(ports: number): string {
  return ports === 1 ? '1 is' : `${ports} are`
}

function byRun(holders: readonly LeaseHolder[]): Map<string, { pid: number; ports: number[] }> {
  const runs = new Map<string, { pid: number; ports: number[] }>()
  for (const { run, pid, name } of holders) {
    const entry = runs.get(run) ?? { pid, ports: [] }
    entry.ports.push(Number(name))
    runs.set(run, entry)
  }
  return runs
}

const shown = 8

function listed(ports: readonly number[]): string {
  const sorted = ports.toSorted((a, b) => a - b)
  const rest = sorted.length - shown
  return sorted.slice(0, shown).join(', ') + (rest > 0 ? ` and ${rest} more` : '')
}
