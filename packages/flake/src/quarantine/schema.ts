import { z } from 'zod'
import { verdicts } from '../verdict/verdict.ts'

/** Name and version of the quarantine file. */
export const quarantineFormat = 'isolane.quarantine/1'

/** Most entries, unless the file says otherwise. */
export const defaultCap = 20

const count = z.number().int().nonnegative()
const rate = z.object({ runs: count, failures: count })
const day = z.iso.date()

/** One test in quarantine. */
export const quarantineEntrySchema = z.strictObject({
  /** Key of the test, as in reports: `file > suite > test`, with `[project] ` in front. */
  test: z.string().min(1),
  owner: z.string().min(1),
  reason: z.string().min(1),
  /** Link or number. */
  issue: z.string().min(1).optional(),
  /** First day, `2026-11-21`. */
  since: day.optional(),
  /** Last day on which it counts. */
  expires: day,
  /** Verdicts that it covers. Default: all flaky ones. */
  verdicts: z.array(z.enum(verdicts)).min(1).optional(),
  /** How often it failed when it was put here. */
  rate: rate.optional(),
})

/** The file that says which flaky tests do not fail a run. */
export const quarantineFileSchema = z.strictObject({
  $schema: z.string().optional(),
  format: z.literal(quarantineFormat),
  /** Most entries. */
  cap: z.number().int().positive().default(defaultCap),
  tests: z.array(quarantineEntrySchema),
})

const kept = quarantineEntrySchema.pick({ owner: true, reason: true, issue: true, expires: true })

/**
 * What the quarantine says of a finding. `active`: it does not fail the run; `expired`: the last day is
 * over; `not-covered`: it has another verdict now than it was put there for.
 */
export const quarantineStateSchema = kept.extend({
  state: z.enum(['active', 'expired', 'not-covered']),
})

/** What became of the quarantine file in a run. */
export const quarantineReportSchema = z.object({
  path: z.string(),
  cap: count,
  entries: z.array(
    kept.extend({
      test: z.string(),
      /** `passed` and `failed` in this run; `unknown`: no test of this run has the name. */
      outcome: z.enum(['passed', 'failed', 'skipped', 'missing', 'unknown']),
      expired: z.boolean(),
      /** Runs since it was put there, as far as the history knows. */
      sinceRate: rate,
    }),
  ),
  proposals: z.array(
    z.object({
      action: z.enum(['add', 'remove']),
      test: z.string(),
      /** The figures behind it. */
      why: z.string(),
      rate,
      /** Ready for the file, but for its owner. */
      entry: quarantineEntrySchema.optional(),
    }),
  ),
})

export type QuarantineEntry = z.infer<typeof quarantineEntrySchema>
export type QuarantineFile = z.infer<typeof quarantineFileSchema>
export type QuarantineState = z.infer<typeof quarantineStateSchema>
export type QuarantineReport = z.infer<typeof quarantineReportSchema>
