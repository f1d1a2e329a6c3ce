import { begin, end, Scope } from '@isolane/core/trace'
import type { Finding, ScopeHolder } from '@isolane/core/trace'
import type { RunnerTask, RunnerTestCase, RunnerTestFile, RunnerTestSuite } from 'vitest'
import { TestNames } from './test-names.ts'

/** What the scopes of a project's tests are made with. */
export interface TestScopesOptions {
  /** Name of the project, empty when there is none. */
  readonly project: string
  /** Whether the worker ends with its test file, and with it nearly all that the file leaves. */
  readonly endsWithFile: boolean
  /** Gets what is found when a file is over. */
  readonly onLate: (found: Found) => void
}

/** What was found of a test, suite or file. */
export interface Found {
  readonly title: string
  readonly findings: readonly Finding[]
}

interface TestAccount extends ScopeHolder {
  /** What is done before and after all attempts: `aroundEach`. */
  readonly outer: Scope
  /** Found in attempts, and not reported yet. */
  readonly pending: Finding[]
}

/** On whose account the code of each test, suite and file of a worker runs. */
export class TestScopes {
  readonly #options: TestScopesOptions
  readonly #tasks = new Map<string, RunnerTask>()
  readonly #files = new Map<string, ScopeHolder>()
  readonly #suites = new Map<string, ScopeHolder>()
  readonly #tests = new Map<string, TestAccount>()
  readonly #names: TestNames

  constructor(options: TestScopesOptions) {
    this.#options = options
    this.#names = new TestNames(options.project, process.cwd())
  }

  /** The account of a file, by its path. */
  file(path: string): ScopeHolder {
    const known = this.#files.get(path)
    if (known !== undefined) return known
    const name = () => this.#names.file(path)
    const onLate = (finding: Finding): void => {
      this.#options.onLate({ title: name().title, findings: [finding] })
    }
    const holder = { now: new Scope({ kind: 'file', name, onLate }) }
    this.#files.set(path, holder)
    return holder
  }

  /** A file has been loaded. What that began belongs to its modules, which stay; processes do not. */
  collected(file: RunnerTestFile): void {
    this.#know(file)
    const { left } = this.file(file.filepath).now
    for (const [identity, { kind }] of left) if (kind !== 'child') left.delete(identity)
  }

  /** The account of a suite, by its id. */
  suite(id: string): ScopeHolder | undefined {
    const known = this.#suites.get(id)
    const task = this.#tasks.get(id)
    if (known !== undefined || task === undefined) return known
    const name = () => this.#names.suite(task)
    const holder = { now: new Scope({ kind: 'suite', name, parent: this.#around(task) }) }
    this.#suites.set(id, holder)
    return holder
  }

  /** The account of a test that begins, by its id. */
  test(id: string): ScopeHolder | undefined {
    const task = this.#tasks.get(id)
    if (task === undefined) return undefined
    const outer = this.#testScope(task)
    const account = { now: outer, outer, pending: [] }
    this.#tests.set(id, account)
    return account
  }

  /** An attempt begins. */
  attempt(test: RunnerTestCase): void {
    const account = this.#tests.get(test.id)
    if (account === undefined) return
    account.now = this.#testScope(test)
    begin(account.now)
  }

  /** An attempt is over; gives what was found. */
  async attempted(test: RunnerTestCase): Promise<Found | undefined> {
    const account = this.#tests.get(test.id)
    if (account === undefined || account.now === account.outer) return undefined
    const attempt = account.now
    account.now = account.outer
    const findings = await end(attempt)
    if (findings.length === 0) return undefined
    if (test.fails !== true) return { title: attempt.name.title, findings }
    // Such a test must not pass because of us: it is judged when Vitest has judged it.
    account.pending.push(...findings)
    return undefined
  }

  /** A test is over, all its attempts and what was around them; gives what was found and not given yet. */
  async tested(id: string): Promise<Found | undefined> {
    const account = this.#tests.get(id)
    if (account === undefined) return undefined
    this.#tests.delete(id)
    const { now, outer, pending } = account
    const unfinished = now === outer ? [] : await end(now)
    const findings = [...pending, ...unfinished, ...(await end(outer))]
    return findings.length === 0 ? undefined : { title: outer.name.title, findings }
  }

  /** A suite or a file is over, its hooks included. */
  async suiteEnded(suite: RunnerTestSuite): Promise<Found | undefined> {
    const isFile = 'filepath' in suite
    const { filepath } = suite.file
    const holder = isFile ? this.#files.get(filepath) : this.#suites.get(suite.id)
    if (holder === undefined) return undefined
    if (isFile) this.#files.delete(filepath)
    else this.#suites.delete(suite.id)
    const stays = !isFile || !this.#options.endsWithFile
    const { now } = holder
    const findings = await end(now, (kind) => stays || kind === 'child')
    return findings.length === 0 ? undefined : { title: now.name.title, findings }
  }

  #around({ suite, file }: RunnerTask): Scope {
    const holder = suite === undefined ? undefined : this.suite(suite.id)
    return (holder ?? this.file(file.filepath)).now
  }

  #testScope(task: RunnerTask): Scope {
    const name = () => this.#names.test(task)
    return new Scope({ kind: 'test', name, parent: this.#around(task) })
  }

  #know(suite: RunnerTestSuite): void {
    for (const task of suite.tasks) {
      this.#tasks.set(task.id, task)
      if (task.type === 'suite') this.#know(task)
    }
  }
}
