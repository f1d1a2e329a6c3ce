import type { TestRecord } from '@isolane/record'
import type { Arm } from './arms.ts'
import { resultsOf } from './observe.ts'
import type { ArmResult } from './run-arm.ts'
import type { Suspect } from './suspect.ts'
import { suspectsOf } from './triage.ts'

/** Who is examined: what failed at first, and what fails in later runs of everything. */
export class Suspects {
  readonly #all: Suspect[]
  readonly #known: Set<string>

  /** @param known keys of tests that are not examined, whatever they do. */
  constructor(suspects: readonly Suspect[], known: ReadonlySet<string>) {
    this.#all = [...suspects]
    this.#known = new Set([...known, ...suspects.flatMap(keysOf)])
  }

  get all(): readonly Suspect[] {
    return this.#all
  }

  /**
   * Counts what an arm gave that was run for one of them. A run of everything tells something about all.
   *
   * @returns how many of the results are of that one.
   */
  count(
    suspect: Suspect,
    { name, request }: Arm,
    record: TestRecord,
    { foreignLoad }: ArmResult,
  ): number {
    let added = 0
    for (const one of request.tests === undefined ? this.#all : [suspect]) {
      for (const member of one.members) {
        for (const sample of resultsOf(one, member, record)) {
          one.add(name, sample, record, foreignLoad)
          if (one === suspect) added += 1
        }
      }
    }
    return added
  }

  /** Takes in what failed in a run of everything and is not known yet. */
  welcome(record: TestRecord, run: string): void {
    for (const fresh of suspectsOf(record, run, this.#known)) {
      if (!this.#all.some((known) => known.join(fresh))) this.#all.push(fresh)
      for (const key of keysOf(fresh)) this.#known.add(key)
    }
  }

  /** Examines the members of a group by themselves where they turned out to differ. */
  split(suspect: Suspect): void {
    const parts = suspect.split()
    if (parts !== undefined) this.#all.splice(this.#all.indexOf(suspect), 1, ...parts)
  }
}

function keysOf(suspect: Suspect): string[] {
  return suspect.members.map(({ key }) => key)
}
