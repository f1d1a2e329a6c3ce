import { z } from 'zod'
import { historySchema } from '../history/schema.ts'
import { quarantineReportSchema, quarantineStateSchema } from '../quarantine/schema.ts'
import { causes, verdicts } from '../verdict/verdict.ts'
import { runSchema, testSchema } from './view-schema.ts'

/** Name and version of the report's format. */
export const reportFormat = 'isolane.flake/1'

const counts = z.object({
  runs: z.number().int().nonnegative(),
  failures: z.number().int().nonnegative(),
})
const probability = z.number().min(0).max(1)
const verdict = z.enum(verdicts)

export const findingSchema = z.object({
  test: z.object({
    key: z.string(),
    project: z.string(),
    file: z.string(),
    line: z.number().int().optional(),
    titlePath: z.array(z.string()),
  }),
  verdict,
  mechanism: z.enum(['collision', 'starvation', 'race']).optional(),
  cause: z.enum(causes),
  confidence: probability,
  runnerUp: z.object({ verdict, confidence: probability }).optional(),
  arms: z.object({
    parallel: counts,
    alone: counts,
    file: counts,
    serial: counts,
    // Only when they were run.
    reordered: counts.optional(),
    prefix: counts.optional(),
    'co-run': counts.optional(),
    stressed: counts.optional(),
    'network-isolated': counts.optional(),
    'files-isolated': counts.optional(),
    isolated: counts.optional(),
  }),
  first: z.object({
    slot: z.number().int().optional(),
    worker: z.string().optional(),
    port: z.number().int().optional(),
    startedAt: z.string().optional(),
    durationMs: z.number().optional(),
    error: z
      .object({
        name: z.string(),
        message: z.string(),
        signature: z.string(),
        stack: z.string().optional(),
      })
      .optional(),
  }),
  evidence: z.array(
    z.object({
      kind: z.string(),
      detail: z.string(),
      tests: z.array(z.string()),
      slots: z.array(z.number().int()),
    }),
  ),
  culprits: z.array(z.object({ role: z.string(), key: z.string(), with: counts, without: counts })),
  impact: z.enum(['high', 'medium', 'low']),
  nextSteps: z.array(z.string()),
  reproduce: z.string(),
  /** What the quarantine file says of the test; absent when it does not name it. */
  quarantine: quarantineStateSchema.optional(),
  /** False when the policy or the quarantine lets it pass. */
  failsRun: z.boolean().optional(),
})

export const reportSchema = z.object({
  format: z.literal(reportFormat),
  command: z.array(z.string()),
  runner: z.object({ name: z.string(), version: z.string() }),
  capacity: z.object({
    cores: z.number().int(),
    workers: z.number().int(),
    maxWorkers: z.number().int(),
    accounts: z.record(z.string(), z.number().int()),
    ports: z.array(z.number().int()),
  }),
  totals: z.object({
    tests: z.number().int(),
    passed: z.number().int(),
    failed: z.number().int(),
    skipped: z.number().int(),
    missing: z.number().int(),
  }),
  wallMs: z.object({ parallel: z.number(), experiments: z.number() }),
  exitCode: z.number().int(),
  findings: z.array(findingSchema),
  /** When the first run started, ISO 8601 UTC. */
  startedAt: z.string().optional(),
  commit: z.string().optional(),
  /** Every run that was made, in order: the command as it is, then the experiments. */
  runs: z.array(runSchema).optional(),
  /** Every test of the first runs, in the order of collection. */
  tests: z.array(testSchema).optional(),
  quarantine: quarantineReportSchema.optional(),
  history: historySchema.optional(),
})

/** What is known of one failing test. */
export type Finding = z.infer<typeof findingSchema>
/** The document that all other reports are made from: `.isolane/flake/report.json`. */
export type FlakeReport = z.infer<typeof reportSchema>
