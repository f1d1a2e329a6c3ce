// The helper of a sandbox: it runs inside, beside the command, and prints one line when that may start.
// It ends with SIGUSR2, which the kernel sends when the command's process is gone, and takes its services along.

import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { helperFiles } from '../shared/helper-plan.ts'
import type { HelperPlan } from '../shared/helper-plan.ts'

const layer = process.argv[2] ?? ''
const groups: number[] = []

process.on('SIGUSR2', () => end(0))
// The terminal and process managers signal the whole group; the command still needs its services to end well.
for (const signal of ['SIGINT', 'SIGHUP', 'SIGTERM'] as const) process.on(signal, () => undefined)

try {
  const path = join(layer, helperFiles.plan)
  const plan = JSON.parse(readFileSync(path, 'utf8')) as HelperPlan
  // It holds the environment.
  rmSync(path)
  process.chdir(dirname(layer))
  // A worker waits for this: only what is needed is loaded.
  if (plan.relays.length > 0) {
    const { startRelays } = await import('./relays.ts')
    await startRelays(plan.relays)
  }
  if (plan.later) {
    const { hearOfRelays } = await import('./later-relays.ts')
    await hearOfRelays(plan.relays)
  }
  const env: Record<string, string> = {}
  for (const service of plan.services) {
    const { startService } = await import('./service.ts')
    const named = await startService(service, layer, (group) => groups.push(group))
    for (const [name, value] of Object.entries(named)) env[name.toUpperCase()] = value
  }
  if (Object.keys(env).length > 0) {
    writeFileSync(join(layer, helperFiles.env), JSON.stringify(env), { mode: 0o600 })
  }
  process.stdout.write('ready\n')
} catch (error) {
  const message = error instanceof Error ? error.message : String(error)
  writeFileSync(join(layer, helperFiles.failure), message, { mode: 0o600 })
  process.stderr.write(`isolane: ${message}\n`)
  process.stdout.write('failed\n')
  end(1)
}

function end(code: number): never {
  for (const group of groups) {
    try {
      process.kill(-group, 'SIGKILL')
    } catch {
      // It has ended by itself.
    }
  }
  process.exit(code)
}
