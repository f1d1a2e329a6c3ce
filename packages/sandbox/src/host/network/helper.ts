import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { helperFiles } from '../../shared/helper-plan.ts'
import type { HelperPlan, RelayPlan } from '../../shared/helper-plan.ts'
import type { Ready, ReadyPlan, Service, ServicePlan } from '../../shared/service.ts'
import { processes } from '../process-tree.ts'
import { waitWhile } from '../wait-while.ts'

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
    readonly later: boolean
    readonly cwd: string
  },
): string {
  const { relays, services, later, cwd } = options
  if (relays.length === 0 && services.length === 0 && !later) return ''
  const plan: HelperPlan = {
    relays,
    services: services.map((service) => servicePlan(service, cwd, layer)),
    later,
  }
  writeFileSync(join(layer, helperFiles.plan), JSON.stringify(plan), { mode: 0o600 })
  return helper
}

/** Why the command of a sandbox was not started; undefined when it was. */
export function failureOf(layer: string): string | undefined {
  const path = join(layer, helperFiles.failure)
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined
}

/**
 * Ends the services of a sandbox without processes of its own, where the kernel does not do it, and waits until they
 * are gone. Some milliseconds.
 */
export function endServices(layer: string): void {
  const path = join(layer, helperFiles.groups)
  if (!existsSync(path)) return
  const groups = new Set(
    readFileSync(path, 'utf8')
      .split('\n')
      .map(Number)
      .filter((group) => group > 1 && belongs(group, layer)),
  )
  for (const group of groups) {
    try {
      process.kill(-group, 'SIGKILL')
    } catch {
      groups.delete(group)
    }
  }
  if (groups.size > 0) waitWhile(() => processes().some(({ group }) => groups.has(group)), 1)
}

/** A group whose first process is gone keeps its number as long as one of its others lives. */
function belongs(group: number, layer: string): boolean {
  if (!existsSync(`/proc/${group}`)) return true
  try {
    const env = readFileSync(`/proc/${group}/environ`, 'utf8')
    // Nothing is left of it in a process that ends.
    return env === '' || env.split('\0').includes(`ISOLANE_LAYER=${layer}`)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'EACCES'
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
