import type { Finding, FlakeReport } from '@isolane/flake'

/** What `case.json` of a zoo case says. */
export interface ZooCase {
  readonly runner: string
  readonly command: readonly string[]
  /** Further options of `isolane flake`. */
  readonly options?: readonly string[]
  readonly rate: number
  readonly expect: readonly {
    readonly file: string
    readonly test: string
    readonly verdict: string
    readonly mechanism?: string
    readonly cause?: string
    readonly culprits?: readonly string[]
  }[]
}

/** One expected test of a case, and what was found of it. */
export interface ZooResult {
  readonly case: string
  readonly test: string
  readonly expected: string
  readonly found: string
  readonly confidence: number
  /** Of the experiments of the whole case, on its first test; 0 on the others. */
  readonly seconds: number
  /** Of one serial run of the case, on its first test; 0 on the others. */
  readonly serialSeconds: number
  readonly right: boolean
  /** Undefined where the case does not say. */
  readonly mechanism: boolean | undefined
  readonly cause: boolean | undefined
  readonly culprits: boolean | undefined
  readonly whitewashed: boolean | undefined
}

const flaky = new Set(['parallel-only', 'order-dependent', 'intermittent', 'not-reproduced'])

/** Compares the report of a case with what is there. */
export function judge(
  name: string,
  { expect }: ZooCase,
  report: FlakeReport | undefined,
  serialMs: number,
): ZooResult[] {
  return expect.map((expected, at): ZooResult => {
    const finding =
      report?.findings.find(
        ({ test }) => test.file === expected.file && test.titlePath.join(' > ') === expected.test,
      ) ?? report?.findings.find((one) => tookAlong(one, `${expected.file} > ${expected.test}`))
    const found = finding?.verdict ?? (report === undefined ? 'no report' : 'passed')
    return {
      case: name,
      test: `${expected.file} > ${expected.test}`,
      expected: expected.verdict,
      found,
      confidence: finding?.confidence ?? 0,
      seconds: at > 0 ? 0 : (report?.wallMs.experiments ?? 0) / 1000,
      serialSeconds: at > 0 ? 0 : serialMs / 1000,
      right: found === expected.verdict,
      mechanism: same(expected.mechanism, finding?.mechanism),
      cause: same(expected.cause, finding?.cause),
      culprits: expected.culprits?.every((one) => isNamed(one, finding)),
      whitewashed: expected.verdict === 'consistent' ? flaky.has(found) : undefined,
    }
  })
}

/** The document of `--json`. */
export function totalsOf(results: readonly ZooResult[]): {
  cases: number
  tests: number
  verdictAccuracy: number
  mechanismAccuracy: number
  causeAccuracy: number
  whitewashed: number
  culpritAccuracy: number
  costRatio: number
  results: readonly ZooResult[]
} {
  const share = (of: (one: ZooResult) => boolean | undefined, ifNone: number): number => {
    const known = results.map(of).filter((one) => one !== undefined)
    return known.length === 0 ? ifNone : known.filter(Boolean).length / known.length
  }
  const sum = (of: (one: ZooResult) => number): number =>
    results.reduce((all, one) => all + of(one), 0)
  return {
    cases: new Set(results.map((one) => one.case)).size,
    tests: results.length,
    verdictAccuracy: share(({ right }) => right, 1),
    mechanismAccuracy: share(({ mechanism }) => mechanism, 1),
    causeAccuracy: share(({ cause }) => cause, 1),
    whitewashed: share(({ whitewashed }) => whitewashed, 0),
    culpritAccuracy: share(({ culprits }) => culprits, 1),
    costRatio:
      sum(({ seconds }) => seconds) / Math.max(1, 10 * sum(({ serialSeconds }) => serialSeconds)),
    results,
  }
}

function same(expected: string | undefined, found: string | undefined): boolean | undefined {
  return expected === undefined ? undefined : expected === found
}

// A failed setup or a dead worker is one finding for all tests that it took along.
function tookAlong({ verdict, evidence }: Finding, key: string): boolean {
  const isShared = verdict === 'setup' || verdict === 'infrastructure'
  return isShared && evidence.some(({ tests }) => tests.includes(key))
}

// A culprit is named by its file or by its key.
function isNamed(name: string, finding: Finding | undefined): boolean {
  return (finding?.culprits ?? []).some(({ key }) => key === name || key.startsWith(`${name} > `))
}
