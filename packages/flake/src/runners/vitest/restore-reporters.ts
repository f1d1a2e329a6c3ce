import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Reporter, Vitest } from 'vitest/node'

type NamedEntry = readonly [name: string, settings?: unknown]
type Entry = Reporter | NamedEntry
/** Vitest 4.1 keeps the options of its command line elsewhere, and resolves to two configurations. */
type Vitest4 = Vitest & { readonly _cliOptions?: Record<string, unknown> }

/**
 * Brings the reporters of the user's configuration back. Vitest drops them as soon as one is named on
 * its command line, which is the only way to add one without touching the configuration.
 */
export async function restoreReporters(vitest: Vitest): Promise<void> {
  const restored = await configured(vitest)
  // Those that plugins added are active already.
  activeReporters(vitest).unshift(...restored)
  // Some reporters prepare their files here and answer with a promise, whatever the type says.
  await Promise.all(restored.map((reporter): unknown => reporter.onInit?.(vitest)))
}

async function configured(vitest: Vitest): Promise<Reporter[]> {
  const node = (await import(
    pathToFileURL(join(vitest.distPath, 'node.js')).href
  )) as typeof import('vitest/node')
  const { config, _cliOptions } = vitest as Vitest4
  const options: Record<string, unknown> = { ...(config.cliOptions ?? _cliOptions) }
  delete options['reporter']
  delete options['reporters']
  const resolved = (await node.resolveConfig(options)) as {
    readonly test?: { readonly reporters?: readonly Entry[] }
    readonly vitestConfig?: { readonly reporters: readonly Entry[] }
  }
  const entries = resolved.vitestConfig?.reporters ?? resolved.test?.reporters ?? []
  const reporters: Reporter[] = []
  for (const entry of entries) {
    if (!isNamed(entry)) {
      reporters.push(entry)
      continue
    }
    const [name, settings] = entry
    const Known = Object.hasOwn(node.ReportersMap, name)
      ? node.ReportersMap[name as keyof typeof node.ReportersMap]
      : await custom(vitest, name)
    reporters.push(new (Known as new (settings?: unknown) => Reporter)(settings))
  }
  return reporters.length > 0 ? reporters : [new node.ReportersMap.default()]
}

async function custom(vitest: Vitest, name: string): Promise<unknown> {
  const id = name === 'html' ? '@vitest/ui/reporter' : name
  const module: { default?: unknown } = await vitest.import(id)
  return module.default
}

function isNamed(entry: Entry): entry is NamedEntry {
  return Array.isArray(entry)
}

function activeReporters(vitest: Vitest): Reporter[] {
  return (vitest as unknown as { reporters: Reporter[] }).reporters
}
