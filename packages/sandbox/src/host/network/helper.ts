import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { helperFiles } from '../../shared/helper-plan.ts'
import type { RelayPlan } from '../../shared/helper-plan.ts'
import type { Ready, ReadyPlan, Service, ServicePlan } from '../../shared/service.ts'

const helper = fileURLToPath(new URL('../../child/helper.js', import.meta.url))

const SERVICE_TIMEOUT_MS = 60_000

/**
 * Writes down what the helper of a sandbox does.
 *
 * @returns its module, or '' when there is nothing to do.
 */
export function planHelper(
  layer: string,
  options: {
    readonly relays: readonly RelayPlan[]
    readonly services: readonly Service[]
    readonly cwd: string
  },
): string {
  const { relays, services, cwd } = options
  if (relays.length === 0 && services.length === 0) return ''
  const plan = { relays, services: services.map((service) => servicePlan(service, cwd, layer)) }
  writeFileSync(join(layer, helperFiles.plan), JSON.stringify(plan), { mode: 0o600 })
  return helper
}

/** Why the command of a sandbox was not started; undefined when it was. */
export function failureOf(layer: string): string | undefined {
  const path = join(layer, helperFiles.failure)
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined
}

/** Ends the services of a sandbox whose processes do not end by themselves with its command. */
export function endServices(layer: string): void {
  const path = join(layer, helperFiles.groups)
  if (!existsSync(path)) return
  for (const line of readFileSync(path, 'utf8').trim().split('\n')) {
    const group = Number(line)
    if (!Number.isInteger(group) || group < 2 || !belongs(group, layer)) continue
    try {
      process.kill(-group, 'SIGKILL')
    } catch {
      // It has ended by itself.
    }
  }
}

/** A group whose first process is gone keeps its number as long as one of its others lives. */
function belongs(group: number, layer: string): boolean {
  if (!existsSync(`/proc/${group}`)) return true
  try {
    const env = readFileSync(`/proc/${group}/environ`, 'utf8').split('\0')
    return env.includes(`ISOLANE_LAYER=${layer}`)
  } catch {
    return false
  }
}

function servicePlan(service: Service, cwd: string, layer: string): ServicePlan {
  const { ready = [] } = service
  const list: readonly Ready[] = Array.isArray(ready)
    ? (ready as readonly Ready[])
    : [ready as Ready]
  const env: Record<string, string> = {}
  for (const [name, value] of Object.entries({ ...process.env, ...service.env })) {
    if (value !== undefined) env[name] = value
  }
  return {
    name: service.name,
    command: service.command,
    cwd: service.cwd ?? cwd,
    env: { ...env, ISOLANE_LAYER: layer },
    ready: list.map(readyPlan),
    timeoutMs: service.timeoutMs ?? SERVICE_TIMEOUT_MS,
    reuse: service.reuse ?? false,
    echo: service.echo ?? [],
  }
}

function readyPlan(ready: Ready): ReadyPlan {
  if ('url' in ready) {
    return { kind: 'url', url: ready.url, ignoreHTTPSErrors: ready.ignoreHTTPSErrors ?? false }
  }
  if ('port' in ready) return { kind: 'port', port: ready.port }
  const { source, flags } = ready.pattern
  return { kind: 'pattern', source, flags, stream: ready.stream ?? 'stdout' }
}
