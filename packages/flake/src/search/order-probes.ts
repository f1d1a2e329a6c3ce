import { testsOfFile } from '../experiment/neighbours.ts'
import type { ArmName, TestRef } from '../runners/driver.ts'
import type { Counts } from '../verdict/statistics.ts'
import type { Laboratory, ProbeResult } from './laboratory.ts'
import type { Batch } from './minimise.ts'

/** Asks whether the test shows its state after some others, and remembers the counts. */
export class OrderProbes {
  readonly #laboratory: Laboratory
  readonly #brittle: boolean
  readonly #times: number
  readonly #seen = new Map<string, ProbeResult>()

  constructor(laboratory: Laboratory, brittle: boolean, times: number) {
    this.#laboratory = laboratory
    this.#brittle = brittle
    this.#times = times
  }

  /** A victim shows it when it fails once; a brittle test when it passes every time. */
  async shows(refs: readonly TestRef[], times = this.#times): Promise<boolean | undefined> {
    const { member } = this.#laboratory
    const request = { tests: [...refs, member], workers: 1, times }
    return this.#answer(refs, await this.#laboratory.probe(this.#what(refs.length), request))
  }

  /** Asks about several at once. */
  get batch(): Batch<TestRef> {
    return {
      most: Math.floor(this.#laboratory.choicesAtOnce / this.#times),
      shows: async (subsets) => {
        const { member } = this.#laboratory
        const what = this.#what(new Set(subsets.flat()).size)
        const tests = subsets.map((refs) => [...refs, member])
        const results = await this.#laboratory.probeEach(what, tests, this.#times)
        return results.map((result, at) => this.#answer(subsets[at] ?? [], result))
      },
    }
  }

  #what(candidates: number): string {
    return `${this.#brittle ? 'state-setter' : 'polluter'} among ${candidates}`
  }

  #answer(refs: readonly TestRef[], result: ProbeResult | undefined): boolean | undefined {
    if (result === undefined) return undefined
    this.#seen.set(idOf(refs), result)
    return this.#brittle ? result.failures === 0 : result.failures > 0
  }

  seenWith(refs: readonly TestRef[]): Counts | undefined {
    const seen = this.#seen.get(idOf(refs))
    return seen === undefined ? undefined : { runs: seen.runs, failures: seen.failures }
  }

  /** Counts what was seen after these in an arm of the finding too: it shows the verdict itself. */
  count(refs: readonly TestRef[], arm: ArmName): void {
    const seen = this.#seen.get(idOf(refs))
    for (const sample of seen?.samples ?? []) {
      if (seen?.record !== undefined) this.#laboratory.suspect.add(arm, sample, seen.record)
    }
  }

  /** The tests of a file that ran in the first run. */
  testsOf(file: TestRef): TestRef[] {
    const record = this.#laboratory.suspect.trigger?.record
    return record === undefined ? [] : testsOfFile(record, file)
  }
}

function idOf(refs: readonly TestRef[]): string {
  return JSON.stringify(refs.map(({ key }) => key))
}
