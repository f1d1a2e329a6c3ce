// Loaded first by the processes of Jest that run tests: puts the selected tests of a file in the order of the
// selection. Jest itself can only shuffle, and its environment, which hears of the tests of a file before they run,
// belongs to the user.
const fs = process.getBuiltinModule('node:fs')
const { relative } = process.getBuiltinModule('node:path')
const { prototype: modules } = process.getBuiltinModule('node:module') as unknown as {
  prototype: { require: Load }
}

type Load = (request: string) => unknown

/** What a suite or a test of jest-circus has that matters here. */
interface Entry {
  readonly type: 'describeBlock' | 'test'
  readonly name: string
  children?: Entry[]
}

interface CircusEvent {
  readonly name: string
}

interface Environment {
  handleTestEvent?: (event: CircusEvent, state: { rootDescribeBlock: Entry }) => unknown
}

type Adapter = (
  globalConfig: unknown,
  config: { readonly displayName?: { readonly name: string } },
  environment: Environment,
  runtime: unknown,
  path: string,
  ...more: unknown[]
) => unknown

const selection = process.env['ISOLANE_SELECTION']
if (selection !== undefined && selection !== '') {
  const { tests } = JSON.parse(fs.readFileSync(selection, 'utf8')) as {
    tests: Readonly<Record<string, readonly (readonly string[])[]>>
  }
  const load = modules.require
  modules.require = function (request) {
    const loaded = load.call(this, request)
    if (!/[\\/]jest-circus[\\/](build[\\/])?runner(\.js)?$/.test(request)) return loaded
    return { ...(loaded as object), __esModule: true, default: arranging(adapterOf(loaded), tests) }
  }
}

function adapterOf(loaded: unknown): Adapter {
  return (loaded as { default: Adapter }).default
}

function arranging(
  adapter: Adapter,
  tests: Readonly<Record<string, readonly (readonly string[])[]>>,
): Adapter {
  return (globalConfig, config, environment, runtime, path, ...more) => {
    const file = relative(process.cwd(), path).replaceAll('\\', '/')
    const titles = tests[`${config.displayName?.name ?? ''} ${file}`]
    if (titles !== undefined) {
      const places = new Map(titles.map((title, place) => [JSON.stringify(title), place]))
      const theirs = environment.handleTestEvent?.bind(environment)
      environment.handleTestEvent = (event, state) => {
        if (event.name === 'run_start') arrange(state.rootDescribeBlock, [], places)
        return theirs?.(event, state)
      }
    }
    return adapter(globalConfig, config, environment, runtime, path, ...more)
  }
}

// Gives the place of the first selected test in the suite.
function arrange(suite: Entry, above: readonly string[], places: Map<string, number>): number {
  const found = new Map<Entry, number>()
  for (const entry of suite.children ?? []) {
    const path = [...above, entry.name]
    const own = places.get(JSON.stringify(path)) ?? Infinity
    found.set(entry, entry.type === 'describeBlock' ? arrange(entry, path, places) : own)
  }
  suite.children?.sort((a, b) => compare(found.get(a), found.get(b)))
  return Math.min(Infinity, ...found.values())
}

function compare(a = Infinity, b = Infinity): number {
  return a === b ? 0 : a - b
}
