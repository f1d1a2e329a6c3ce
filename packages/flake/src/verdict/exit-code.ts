import type { Verdict } from './verdict.ts'

/** Exit codes of `isolane flake`. */
export const exitCodes = {
  /** Nothing failed, or nothing that the policy minds. */
  clean: 0,
  /** A test fails consistently, or its setup does. */
  consistent: 1,
  /** The command or an option is wrong. */
  usage: 2,
  /** Flaky tests, and the policy says that they fail the run. */
  flaky: 3,
  /** A worker died, results are missing, or most tests failed at once. */
  infrastructure: 4,
  /** The budget ended before every finding had its verdict. */
  undecided: 5,
  /** Somebody pressed ctrl-C. */
  interrupted: 130,
} as const

/**
 * The exit code for findings: the gravest class decides. Verdicts that are not in `failOn` do not count;
 * by default all do.
 */
export function exitCodeOf(
  findings: readonly { readonly verdict: Verdict; readonly decided: boolean }[],
  failOn?: ReadonlySet<Verdict>,
): number {
  const counted = findings.filter(({ verdict }) => failOn === undefined || failOn.has(verdict))
  if (counted.length === 0) return exitCodes.clean
  const decided = counted.filter((finding) => finding.decided).map(({ verdict }) => verdict)
  if (decided.includes('consistent') || decided.includes('setup')) return exitCodes.consistent
  if (decided.includes('infrastructure')) return exitCodes.infrastructure
  return decided.length < counted.length ? exitCodes.undecided : exitCodes.flaky
}
