import { z } from 'zod'

const wallClock = z.number()

const attemptSchema = z.object({
  /** Index in `runs`. */
  run: z.number().int().nonnegative(),
  outcome: z.enum(['passed', 'failed', 'timed-out', 'skipped', 'interrupted', 'crashed']),
  /** Wall clock, milliseconds since 1970. */
  startMs: wallClock,
  endMs: wallClock,
  worker: z.string().optional(),
  slot: z.number().int().optional(),
  /** 0 for the first try. */
  retry: z.number().int().nonnegative(),
  /** Name and first line. */
  error: z.string().optional(),
})

/** One test, with what is known of every time that it ran. */
export const testSchema = z.object({
  key: z.string(),
  project: z.string(),
  file: z.string(),
  line: z.number().int().optional(),
  titlePath: z.array(z.string()),
  /** Over the runs of the command as it is. */
  outcome: z.enum(['passed', 'failed', 'skipped', 'missing']),
  attempts: z.array(attemptSchema),
})

/** One run: the command as it is (`arm` is `first`), or an experiment. */
export const runSchema = z.object({
  name: z.string(),
  arm: z.string(),
  startMs: wallClock,
  wallMs: z.number().nonnegative(),
  /** False when the record breaks off, or the run was ended because it took too long. */
  complete: z.boolean(),
  /** Most workers at the same time. */
  maxWorkers: z.number().int().optional(),
  workers: z.array(
    z.object({
      worker: z.string(),
      slot: z.number().int().optional(),
      startMs: wallClock,
      endMs: wallClock,
      /** How it ended, when it did not end by itself. */
      end: z.enum(['crash', 'hang', 'requeue']).optional(),
      detail: z.string().optional(),
    }),
  ),
  lanes: z.array(
    z.object({
      lane: z.string(),
      event: z.enum(['made', 'leased', 'reset', 'kept', 'closed']),
      atMs: wallClock,
      slot: z.number().int().optional(),
      worker: z.string().optional(),
      detail: z.string().optional(),
    }),
  ),
})

/** One test, with what is known of every time that it ran. */
export type TestView = z.infer<typeof testSchema>
/** One run: the command as it is, or an experiment. */
export type RunView = z.infer<typeof runSchema>
