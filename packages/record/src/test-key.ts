/** What names one test: its project, its file and its titles, outermost first. */
export interface TestName {
  /** Name of the runner's project, empty when there is none. */
  readonly project: string
  /** Relative to the directory of the command, with forward slashes. */
  readonly file: string
  /** Titles of the suites around it and its own; empty for a whole file. */
  readonly titlePath: readonly string[]
}

/** The key of a test, and which of several tests of one name it is. */
export interface TestKey {
  /** `[project] file > suite > test`, with ` #2` for the second test of one name. */
  readonly key: string
  /** 1 for the first (and mostly only) test of its name. */
  readonly ordinal: number
}

/** The key of a test that is the only one of its name. */
export function testKey(name: TestName): string {
  const project = name.project === '' ? '' : `[${name.project}] `
  return [`${project}${name.file}`, ...name.titlePath].join(' > ')
}

/**
 * Gives out keys in the order of collection, so that the second test of one name has the same key in
 * every run. Reporters make one for each run.
 */
export class TestKeys {
  readonly #seen = new Map<string, number>()

  /** The key of the next test of this name. */
  next(name: TestName): TestKey {
    const base = testKey(name)
    const ordinal = (this.#seen.get(base) ?? 0) + 1
    this.#seen.set(base, ordinal)
    return { key: ordinal === 1 ? base : `${base} #${ordinal}`, ordinal }
  }
}

/** A path as it stands in keys: relative to `from`, with forward slashes. */
export function keyPath(from: string, file: string): string {
  const base = from.replaceAll('\\', '/').replace(/\/+$/, '')
  const path = file.replaceAll('\\', '/')
  if (path.startsWith(`${base}/`)) return path.slice(base.length + 1)
  const baseParts = base.split('/')
  const pathParts = path.split('/')
  if (!/^([A-Za-z]:)?\//.test(path) || baseParts[0] !== pathParts[0]) return path
  let shared = 0
  while (shared < baseParts.length && baseParts[shared] === pathParts[shared]) shared += 1
  return [...baseParts.slice(shared).map(() => '..'), ...pathParts.slice(shared)].join('/')
}
