// Loaded first by every Node.js process of a command under `isolane run`. In all but a test runner's main process
// it must cost next to nothing, so it loads nothing itself: it watches for the modules by which runners are known.

const signs: readonly (readonly [RegExp, string])[] = [
  [/\/vitest\/dist\/(?:cli|node)\.js$/, 'vitest'],
  [/\/@jest\/core\/build\/index\.js$/, 'jest'],
  [/\/playwright\/lib\/program\.js$/, 'playwright'],
]
const launchers = /(?:^|\/)(?:npm|npx|pnpm|pnpx|yarn|yarnpkg|corepack)(?:-cli)?(?:\.[cm]?js)?$/

const runners = /\/(?:vitest|jest|playwright)(?:\.[cm]?js)?$/

type Begin = typeof import('./runners/begin.ts').begin

const plan = process.env['ISOLANE_RUN_PLAN']
const main = process.argv[1] ?? ''
if (plan !== undefined && !launchers.test(main)) watch(plan)

function watch(plan: string): void {
  const threads = process.getBuiltinModule?.('node:worker_threads')
  if (threads !== undefined && !threads.isMainThread) return
  const registerHooks = process.getBuiltinModule?.('node:module').registerHooks
  if (typeof registerHooks !== 'function') {
    if (runners.test(main)) tooOld()
    return
  }
  let found = false
  const hooks = registerHooks({
    resolve(specifier, context, next) {
      const resolved = next(specifier, context)
      if (found) return resolved
      const sign = signs.find(([pattern]) => pattern.test(resolved.url))
      if (sign === undefined) return resolved
      found = true
      hooks.deregister()
      const { begin } = require('./runners/begin.js') as { begin: Begin }
      begin(plan, sign[1], resolved.url)
      return resolved
    },
  })
}

function tooOld(): void {
  process.stderr.write(
    `isolane: no sandbox: ${main} runs with Node.js ${process.versions.node}, which has no hooks for modules.\n` +
      'Hint: isolane run needs Node.js 22.18 or newer for the test command too.\n',
  )
}
