import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Resources } from '../lanes.ts'
import type { Threads } from '../provision/threads.ts'
import type { Registry } from '../registry/registry.ts'
import { failedVerb } from './failed-verb.ts'

/** Runs `prepare` of every resource, in declaration order, and gives what each returned. */
export async function prepareTemplates(
  resources: Resources,
  context: {
    readonly root: string
    readonly registry: Registry
    readonly threads: Threads
    readonly signal: AbortSignal
    readonly rebuild?: boolean | undefined
    readonly progress: (message: string) => void
  },
): Promise<ReadonlyMap<string, unknown>> {
  const { root, registry, threads, signal, rebuild, progress } = context
  const templatesDir = join(registry.dir, 'templates')
  await mkdir(templatesDir, { recursive: true, mode: 0o700 })
  const templates = new Map<string, unknown>()
  for (const [name, resource] of Object.entries(resources)) {
    try {
      const template = await resource.prepare({
        name,
        root,
        templatesDir,
        threads,
        signal,
        rebuild,
        locked: (lock, work) => registry.locked(lock, work, { signal }),
        progress,
      })
      templates.set(name, template)
    } catch (cause) {
      throw failedVerb('prepare', name, undefined, cause)
    }
  }
  return templates
}
