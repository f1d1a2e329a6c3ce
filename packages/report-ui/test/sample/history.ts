import type { Finding, History } from '@isolane/flake'
import { checkout, clock, registration, startMs } from './names.ts'

/** The last 30 runs. */
export function history(): History {
  const runs = Array.from({ length: 30 }, (_, at) => {
    const failed = at % 3 === 0 ? 2 : at % 7 === 0 ? 1 : 0
    return {
      id: `run-${at}`,
      startedAt: new Date(startMs - (30 - at) * 7_200_000).toISOString(),
      commit: `${(at >> 1).toString(16).padStart(8, 'c')}aa`,
      command: 'npx vitest run',
      tests: 120,
      failed,
      exitCode: failed === 0 ? 0 : 3,
      wallMs: 21_000 + ((at * 997) % 6000),
      experimentsMs: failed * 9000,
      onlyFlaky: failed > 0 && at % 9 !== 0,
    }
  })
  const cells = (every: number, from = 0): string =>
    runs
      .map((_, at) => (at < from ? '-' : at % every === 0 ? 'x' : at % 11 === 5 ? 's' : '.'))
      .join('')
  const test = (
    path: readonly string[],
    every: number,
    lostMs: number,
    verdict: Finding['verdict'],
    from = 0,
  ): History['tests'][number] => {
    const strip = cells(every, from)
    const failures = strip.split('').filter((one) => one === 'x').length
    return {
      key: path.join(' > '),
      cells: strip,
      rate: { runs: strip.split('').filter((one) => one === 'x' || one === '.').length, failures },
      commits: [
        { commit: 'c0ffee12', runs: 6, failures: 1 },
        { commit: 'deadbeef', runs: 9, failures: 4 },
      ],
      verdicts: ['not-reproduced', verdict],
      lastFailedAt: new Date(startMs).toISOString(),
      lostMs,
    }
  }
  return {
    format: 'isolane.history/1',
    runs,
    tests: [
      test(checkout, 3, 1_140_000, 'parallel-only'),
      test(registration, 7, 312_000, 'parallel-only', 4),
      test(clock, 14, 41_000, 'intermittent'),
    ],
    moreTests: 0,
    totals: { runs: 30, redRuns: 13, onlyFlakyRuns: 9, lostMs: 1_493_000 },
  }
}
