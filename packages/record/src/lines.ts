/**
 * The lines of a record. A record is a JSONL file: the header first, then one line for each thing that
 * happened, in the order in which it was learned. Readers skip kinds they do not know, so a new kind is
 * no new format; a changed meaning of a known field is.
 */
import { z } from 'zod'

const millis = z.number().nonnegative()
const text = z.string()

/** How one attempt of a test ended. */
export const outcomeSchema = z.enum([
  'passed',
  'failed',
  'timed-out',
  'skipped',
  'interrupted',
  'crashed',
])

export const recordErrorSchema = z.object({
  /** Class of the error, `Error` when it is not known. */
  name: text,
  /** Without colours. */
  message: text,
  stack: text.optional(),
  /** Same for errors that differ only in numbers, ids and paths. See `errorSignature`. */
  signature: text,
})

export const headerSchema = z.object({
  kind: z.literal('header'),
  format: text,
  /** UUID of the run. */
  run: text,
  runner: z.object({ name: text, version: text }),
  argv: z.array(text),
  /** Absolute; files of the record are relative to it. */
  cwd: text,
  /** ISO 8601, UTC. */
  startedAt: text,
  commit: text.optional(),
  /** Most workers at the same time. */
  workers: z.number().int().positive().optional(),
  cores: z.number().int().positive(),
  memoryBytes: z.number().nonnegative(),
  seed: z.number().optional(),
})

const named = {
  key: text,
  project: text,
  file: text,
  line: z.number().int().positive().optional(),
  titlePath: z.array(text),
}

export const collectedSchema = z.object({ kind: z.literal('collected'), ...named })

export const attemptSchema = z.object({
  kind: z.literal('attempt'),
  ...named,
  outcome: outcomeSchema,
  /** Wall clock, milliseconds since 1970. */
  startMs: millis,
  endMs: millis,
  /** Identity of the process or thread; never used twice in one run. */
  worker: text.optional(),
  /** 1-based place of the worker. */
  slot: z.number().int().positive().optional(),
  lane: z
    .object({
      id: text,
      generation: z.number().int().optional(),
      port: z.number().int().optional(),
      /** Roles that have an account on the lane. */
      roles: z.array(text).optional(),
    })
    .optional(),
  /** 0-based position among the attempts of its worker. */
  order: z.number().int().nonnegative(),
  /** 0 for the first try. */
  retry: z.number().int().nonnegative(),
  /** 0 for the first of several repetitions that were asked for. */
  repeat: z.number().int().nonnegative(),
  error: recordErrorSchema.optional(),
})

export const missingSchema = z.object({
  kind: z.literal('missing'),
  ...named,
  /** True when the test had started. */
  started: z.boolean(),
})

/** An error that belongs to no single test. */
export const errorLineSchema = z.object({
  kind: z.literal('error'),
  /** `setup`: a hook before tests; `load`: the file could not be loaded; `run`: everything else. */
  scope: z.enum(['setup', 'load', 'run']),
  file: text.optional(),
  project: text.optional(),
  /** Keys of the tests that could not run because of it. */
  tests: z.array(text),
  worker: text.optional(),
  error: recordErrorSchema,
})

export const workerEventSchema = z.object({
  kind: z.literal('worker'),
  event: z.enum(['started', 'crash', 'hang', 'requeue', 'ended']),
  atMs: millis,
  worker: text.optional(),
  slot: z.number().int().positive().optional(),
  file: text.optional(),
  detail: text.optional(),
})

export const laneEventSchema = z.object({
  kind: z.literal('lane'),
  event: z.enum(['made', 'leased', 'reset', 'kept', 'closed']),
  atMs: millis,
  lane: text,
  generation: z.number().int().optional(),
  slot: z.number().int().positive().optional(),
  worker: text.optional(),
  ports: z.array(z.number().int()).optional(),
  detail: text.optional(),
})

export const touchSchema = z.object({
  kind: z.literal('touch'),
  what: z.enum(['port', 'file', 'database']),
  /** Port number, path or database. */
  name: text,
  access: z.enum(['read', 'write']),
  key: text.optional(),
  /** Test file, where what is known is not of one test: what a worker's sandbox kept is. */
  file: text.optional(),
  /** In a sandbox: no other worker meets it there. */
  apart: z.literal(true).optional(),
  worker: text.optional(),
  slot: z.number().int().positive().optional(),
  atMs: millis,
})

export const warningSchema = z.object({
  kind: z.literal('warning'),
  message: text,
  key: text.optional(),
})

/** Says that the run came to its end. What was learned of it later may follow: touches, lanes that were reset. */
export const endSchema = z.object({
  kind: z.literal('end'),
  status: z.enum(['passed', 'failed', 'interrupted', 'timed-out']),
  /** ISO 8601, UTC. */
  endedAt: text,
})

export const lineSchemas = {
  header: headerSchema,
  collected: collectedSchema,
  attempt: attemptSchema,
  missing: missingSchema,
  error: errorLineSchema,
  worker: workerEventSchema,
  lane: laneEventSchema,
  touch: touchSchema,
  warning: warningSchema,
  end: endSchema,
} as const

/** How one attempt of a test ended. */
export type Outcome = z.infer<typeof outcomeSchema>
/** An error as the record keeps it. */
export type RecordError = z.infer<typeof recordErrorSchema>
/** The first line: which run this is, and on what it ran. */
export type Header = z.infer<typeof headerSchema>
/** A test that the run found, whether or not it ran. */
export type Collected = z.infer<typeof collectedSchema>
/** One execution of one test. */
export type Attempt = z.infer<typeof attemptSchema>
/** A test that was found, but of which no result came. */
export type Missing = z.infer<typeof missingSchema>
/** An error that belongs to no single test. */
export type ErrorLine = z.infer<typeof errorLineSchema>
/** Something that happened to a worker. */
export type WorkerEvent = z.infer<typeof workerEventSchema>
/** Something that happened to a lane. */
export type LaneEvent = z.infer<typeof laneEventSchema>
/** A port, file or database that a test used. */
export type Touch = z.infer<typeof touchSchema>
/** Something the user should know about the record itself. */
export type Warning = z.infer<typeof warningSchema>
/** Says that the run came to its end. What was learned of it later may follow: touches, lanes that were reset. */
export type End = z.infer<typeof endSchema>

/** Any line of a record. */
export type RecordLine =
  | Header
  | Collected
  | Attempt
  | Missing
  | ErrorLine
  | WorkerEvent
  | LaneEvent
  | Touch
  | Warning
  | End
