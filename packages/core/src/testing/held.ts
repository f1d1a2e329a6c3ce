import { existsSync } from 'node:fs'
import type { Registry } from '../registry/registry.ts'
import { directoryLease } from '../registry/lane-directory.ts'
import type { Holdings } from '../resource.ts'
import { identify } from '../shared/process-identity.ts'

/** What a lane has ever held of the machine, as plain data. */
export interface Held {
  readonly dir: string
  readonly leases: { readonly kind: string; readonly name: string }[]
  /** Leaders of process groups. */
  readonly groups: number[]
}

/** Holdings that write down what is taken. `onTaken` is called after each. */
export function writeDown(holdings: Holdings, held: Held, onTaken: () => void): Holdings {
  return {
    ...holdings,
    lease: async (kind, name) => {
      const taken = await holdings.lease(kind, name)
      if (taken) held.leases.push({ kind, name })
      if (taken) onTaken()
      return taken
    },
    started: async (pid) => {
      held.groups.push(pid)
      await holdings.started(pid)
      onTaken()
    },
  }
}

/** What is left of it, in words: nothing after a lane was disposed of. */
export async function leftOf(held: readonly Held[], registry: Registry): Promise<string[]> {
  const left: string[] = []
  for (const { dir, leases, groups } of held) {
    if (existsSync(dir)) left.push(`directory ${dir}`)
    for (const { kind, name } of leases) {
      if ((await registry.leased(kind)).includes(name)) left.push(`lease ${kind} ${name}`)
      if (kind === directoryLease && existsSync(name)) left.push(`directory ${name}`)
    }
    for (const pid of groups) if ((await identify(pid)) !== undefined) left.push(`process ${pid}`)
  }
  return left
}
