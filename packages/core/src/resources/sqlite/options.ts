import { IsolaneError } from '@isolane/record/worker'
import type { Database } from 'better-sqlite3'
import { checkOptions, kindOf } from '../../shared/options.ts'
import type { JournalMode } from './data.ts'

/** What a {@link sqlite} database is made from. Without any option it is empty. */
export interface SqliteOptions {
  /** SQL files that make the database, run in this order. Relative to the project root. */
  readonly schema?: string | readonly string[]
  /**
   * Shell command that makes or migrates the database. It runs in the project root and finds the database's URL in the
   * variable named by `env`, its path in that of `pathEnv`. Without `inputs` nobody can know what the command reads, so
   * it runs again in every run.
   */
  readonly migrate?: string
  /** Longest time `migrate` may take. Default 120000. */
  readonly migrateTimeoutMs?: number
  /**
   * Fills the database, last of all and once per template. Runs in the main process. The template is found again by the
   * function's source text: name files it imports from or reads in `inputs`.
   */
  readonly seed?: (db: Database) => void | Promise<void>
  /** An existing database file to start from, instead of `schema`. It is only read, with its WAL. */
  readonly from?: string
  /** Further files, directories or globs whose content decides whether the template must be built again. */
  readonly inputs?: readonly string[]
  /** Name of the environment variable that holds the URL. Default `DATABASE_URL`. */
  readonly env?: string
  /**
   * Name of the environment variable that holds the path, for drivers that take no URL. Default: `env` with `_PATH` in
   * place of `_URL`, or after it, so `DATABASE_PATH`.
   */
  readonly pathEnv?: string
  /** Journal mode of the lanes' databases. Default `wal`. */
  readonly journalMode?: JournalMode
}

/** Options with every default filled in. */
export interface ResolvedOptions {
  readonly schema: readonly string[]
  readonly migrate: string | undefined
  readonly migrateTimeoutMs: number
  readonly seed: SqliteOptions['seed']
  readonly from: string | undefined
  readonly inputs: readonly string[] | undefined
  readonly env: string
  readonly pathEnv: string
  readonly journalMode: JournalMode
}

const names = [
  'schema',
  'migrate',
  'migrateTimeoutMs',
  'seed',
  'from',
  'inputs',
  'env',
  'pathEnv',
  'journalMode',
] as const satisfies readonly (keyof SqliteOptions)[]

/** Checks options and fills in the defaults. Throws `ISOLANE_OPTION`. */
export function resolveOptions(options: SqliteOptions): ResolvedOptions {
  checkOptions('sqlite()', options, names)
  const { schema, migrate, migrateTimeoutMs = 120_000, seed, from, inputs } = options
  const { env = 'DATABASE_URL', journalMode = 'wal' } = options
  const { pathEnv = pathVariable(env) } = options
  const isText = (value: unknown) => typeof value === 'string' && value.trim() !== ''
  const isTexts = (value: unknown): boolean => Array.isArray(value) && value.every(isText)

  if (schema !== undefined && !isText(schema) && !isTexts(schema)) {
    throw wrong('schema', 'a path or an array of paths', schema)
  }
  if (migrate !== undefined && !isText(migrate)) throw wrong('migrate', 'a shell command', migrate)
  if (!Number.isSafeInteger(migrateTimeoutMs) || migrateTimeoutMs <= 0) {
    throw wrong('migrateTimeoutMs', 'a positive number of milliseconds', migrateTimeoutMs)
  }
  if (seed !== undefined && typeof seed !== 'function') throw wrong('seed', 'a function', seed)
  if (from !== undefined && !isText(from)) throw wrong('from', 'a path', from)
  if (inputs !== undefined && !isTexts(inputs)) throw wrong('inputs', 'an array of paths', inputs)
  for (const [option, name] of Object.entries({ env, pathEnv })) {
    if (typeof name !== 'string' || !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
      throw wrong(option, 'the name of an environment variable', name)
    }
  }
  if (pathEnv === env) throw wrong('pathEnv', `another name than that of "env"`, pathEnv)
  if (journalMode !== 'wal' && journalMode !== 'delete') {
    throw wrong('journalMode', `'wal' or 'delete'`, journalMode)
  }
  if (from !== undefined && schema !== undefined) {
    throw new IsolaneError('ISOLANE_OPTION', {
      message: 'sqlite(): "from" and "schema" exclude each other: both say what to start with.',
      hint: 'remove "schema", or remove "from" and load its data in "seed".',
      details: { path: 'sqlite()', options: ['from', 'schema'] },
    })
  }
  return Object.freeze({
    schema: schema === undefined ? [] : typeof schema === 'string' ? [schema] : [...schema],
    migrate,
    migrateTimeoutMs,
    seed,
    from,
    inputs: inputs === undefined ? undefined : [...inputs],
    env,
    pathEnv,
    journalMode,
  })
}

function pathVariable(env: unknown): string {
  return `${String(env).replace(/_URL$/, '')}_PATH`
}

function wrong(option: string, expected: string, received: unknown): IsolaneError {
  const shown =
    typeof received === 'string' || typeof received === 'number'
      ? JSON.stringify(received)
      : kindOf(received)
  return new IsolaneError('ISOLANE_OPTION', {
    message: `sqlite(): option "${option}" must be ${expected}, received ${shown}.`,
    hint: `set sqlite({ ${option}: … }) to ${expected}.`,
    details: { path: `sqlite().${option}`, received: shown },
  })
}
