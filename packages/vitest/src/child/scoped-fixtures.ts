import { withinFile, withinWorker } from '@isolane/core/trace'

type Fixture = (...args: unknown[]) => unknown

/**
 * The arguments of `test.extend`, with fixtures of the scope `file` or `worker` running on the account of their file or
 * worker. They are set up inside the first test that uses them, and outlive it
 * (https://vitest.dev/guide/test-context).
 */
export function keepScoped(args: unknown[]): unknown[] {
  return args.length > 1 ? named(args) : args.map(all)
}

/** `extend('name', { scope }, fixture)` */
function named([name, options, fixture, ...rest]: unknown[]): unknown[] {
  return [name, options, ...(fixture === undefined ? [] : [kept(fixture, options)]), ...rest]
}

/** `extend({ name: [fixture, { scope }] })` */
function all(fixtures: unknown): unknown {
  if (typeof fixtures !== 'object' || fixtures === null) return fixtures
  return Object.fromEntries(
    Object.entries(fixtures).map(([name, value]: [string, unknown]) => {
      if (!Array.isArray(value) || value.length !== 2) return [name, value]
      const [fixture, options] = value as unknown[]
      return [name, [kept(fixture, options), options]]
    }),
  )
}

function kept(fixture: unknown, options: unknown): unknown {
  const { scope } = (options ?? {}) as { readonly scope?: unknown }
  const run = scope === 'file' ? withinFile : scope === 'worker' ? withinWorker : undefined
  if (run === undefined || typeof fixture !== 'function') return fixture
  const inScope: Fixture = (...args) => run(() => (fixture as Fixture)(...args))
  // Vitest reads the names of the fixtures that this one needs from its text.
  inScope.toString = () => String(fixture)
  return inScope
}
