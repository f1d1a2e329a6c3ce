// Loaded first by every Node.js process of a command under `isolane run`. In all but a test runner's main process
// it must cost next to nothing, so it loads nothing itself: it watches for the modules by which runners are known.

const signs: readonly (readonly [RegExp, string])[] = [
  [/\/vitest\/dist\/(?:cli|node)\.js$/, 'vitest'],
  [/\/@jest\/core\/build\/index\.js$/, 'jest'],
  [/\/playwright\/lib\/program\.js$/, 'playwright'],
]
const launchers = /(?:^|\/)(?:npm|npx|pnpm|pnpx|yarn|yarnpkg|corepack)(?:-cli)?(?:\.[cm]?js)?$/

const plan = process.env['ISOLANE_RUN_PLAN']
if (plan !== undefined && !launchers.test(process.argv[1] ?? '')) watch(plan)

function watch(plan: string): void {
  const { isMainThread } = process.getBuiltinModule('node:worker_threads')
  const { registerHooks } = process.getBuiltinModule('node:module')
  // Node.js before 22.15 has no hooks; `isolane run` says at the end that it found no worker.
  if (!isMainThread || typeof registerHooks !== 'function') return
  let found = false
  const hooks = registerHooks({
    resolve(specifier, context, next) {
      const resolved = next(specifier, context)
      if (found) return resolved
      const sign = signs.find(([pattern]) => pattern.test(resolved.url))
      if (sign === undefined) return resolved
      found = true
      hooks.deregister()
      const module = require('./runners/begin.js') as typeof import('./runners/begin.ts')
      module.begin(plan, sign[1], resolved.url)
      return resolved
    },
  })
}
