import { z } from 'zod'
import { verdicts } from '../verdict/verdict.ts'

/** Name and version of the history's document. */
export const historyFormat = 'isolane.history/1'

const count = z.number().int().nonnegative()
const rate = z.object({ runs: count, failures: count })

/** What the project remembers of its last runs. */
export const historySchema = z.object({
  format: z.literal(historyFormat),
  /** Oldest first. */
  runs: z.array(
    z.object({
      id: z.string(),
      /** ISO 8601, UTC. */
      startedAt: z.string(),
      commit: z.string().optional(),
      command: z.string(),
      tests: count,
      failed: count,
      exitCode: z.number().int(),
      wallMs: z.number(),
      experimentsMs: z.number(),
      /** What failed in it was flaky, all of it: somebody may have run it again for nothing. */
      onlyFlaky: z.boolean(),
    }),
  ),
  /** Tests with a failure in these runs, the dearest first. */
  tests: z.array(
    z.object({
      key: z.string(),
      /** One letter for each run: `.` passed, `x` failed, `s` skipped, `?` no result, `-` was not in it. */
      cells: z.string(),
      /** Runs of the command as it is in which the test ran. */
      rate,
      /** The same for each commit, newest first, with the experiments' runs beside other tests. */
      commits: z.array(rate.extend({ commit: z.string() })),
      /** All verdicts it was given in these runs, the latest last. */
      verdicts: z.array(z.enum(verdicts)),
      lastFailedAt: z.string(),
      /** Failed attempts and their retries, and its share of the experiments. */
      lostMs: z.number(),
    }),
  ),
  /** Tests with failures that are left out of `tests` because there are too many. */
  moreTests: count,
  totals: z.object({
    runs: count,
    redRuns: count,
    /** Runs that were red with nothing but flaky failures. */
    onlyFlakyRuns: count,
    /** Of all tests, and the wall time of the runs that only flaky failures made red. */
    lostMs: z.number(),
  }),
})

/** What the project remembers of its last runs. */
export type History = z.infer<typeof historySchema>
