import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
// `glob` by the default export: an import that Node 20 lacks would fail before its version is looked at.
import fs, { readFile, readdir, stat } from 'node:fs/promises'
import { join, relative, resolve, sep } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { IsolaneError } from '@isolane/record/worker'
import { sqliteDriver } from '../../shared/sqlite-driver.ts'
import { HeldFiles } from './held-files.ts'
import type { ResolvedOptions } from './options.ts'

/** A schema file, read once: the text that is hashed is the text that is run. */
export interface SchemaFile {
  /** Relative to the root, for messages. */
  readonly name: string
  readonly text: string
}

/** A database that the user has. */
export interface FromDatabase {
  /** Absolute. */
  readonly path: string
  /**
   * A descriptor that stays open, because this process may have connections to it. Undefined on Windows, which has no
   * locks that go with a descriptor, and where an open file cannot be replaced.
   */
  readonly file: number | undefined
}

const fromFiles = new HeldFiles()

/** Everything a template is made from. */
export interface TemplateInputs {
  readonly schema: readonly SchemaFile[]
  /** The database to start from. */
  readonly from: FromDatabase | undefined
  readonly hash: string
  /** True when it cannot be known what the template depends on, so that it serves this run only. */
  readonly once: boolean
}

// Raised when the same inputs give another template than before.
const formatVersion = 1

/** Reads the inputs and gives their hash, field by field. Throws `ISOLANE_TEMPLATE` for a missing file. */
export async function readInputs(
  options: ResolvedOptions,
  root: string,
  run: string,
): Promise<TemplateInputs> {
  const schema = await Promise.all(options.schema.map((path) => readSchema(root, path)))
  const from = options.from === undefined ? undefined : openFrom(root, options.from)
  const once = options.migrate !== undefined && options.inputs === undefined
  const fields: [name: string, value: unknown][] = [
    ['format', formatVersion],
    ['sqlite', sqliteVersion()],
    ['schema', schema.map(({ text }) => digest(text))],
    ['migrate', options.migrate],
    ['seed', options.seed?.toString()],
    ['from', from && (await digestDatabase(from, options.from ?? from.path))],
    ['inputs', options.inputs && (await digestInputs(root, options.inputs))],
    // A command or a function may read whatever lies in the project.
    ['root', (options.migrate ?? options.seed) ? root : undefined],
    ['env', options.migrate === undefined ? undefined : options.env],
    ['run', once ? run : undefined],
  ]
  return { schema, from, once, hash: digest(JSON.stringify(fields)).slice(0, 40) }
}

async function readSchema(root: string, path: string): Promise<SchemaFile> {
  try {
    return { name: path, text: await readFile(resolve(root, path), 'utf8') }
  } catch (cause) {
    throw unreadable('schema', path, root, cause)
  }
}

function openFrom(root: string, shown: string): FromDatabase {
  const path = resolve(root, shown)
  try {
    return { path, file: process.platform === 'win32' ? undefined : fromFiles.reader(path) }
  } catch (cause) {
    throw unreadable('from', shown, path, cause)
  }
}

async function digestDatabase({ path, file }: FromDatabase, shown: string): Promise<string[]> {
  const walPath = `${path}-wal`
  try {
    const wal = await stat(walPath).catch(() => undefined)
    // SQLite has no locks on a WAL.
    return await Promise.all([
      digestFile(path, file),
      ...(wal === undefined ? [] : [digestFile(walPath)]),
    ])
  } catch (cause) {
    throw unreadable('from', shown, path, cause)
  }
}

async function digestInputs(root: string, patterns: readonly string[]): Promise<string[][]> {
  const files = new Set<string>()
  for (const pattern of patterns) {
    const found = await expand(root, pattern)
    if (found.length === 0) {
      throw new IsolaneError('ISOLANE_OPTION', {
        message: `sqlite(): "inputs" names "${pattern}", but no file of ${root} matches.`,
        hint: 'correct the pattern in sqlite({ inputs }), or remove it.',
        details: { path: 'sqlite().inputs', pattern, root },
      })
    }
    for (const file of found) files.add(file)
  }
  const names = [...files].sort()
  return Promise.all(
    names.map(async (file) => [relative(root, file).replaceAll(sep, '/'), await digestFile(file)]),
  )
}

async function expand(root: string, pattern: string): Promise<string[]> {
  const files: string[] = []
  for await (const match of fs.glob(pattern, { cwd: root })) {
    const path = resolve(root, match)
    if (!(await stat(path)).isDirectory()) {
      files.push(path)
      continue
    }
    for (const entry of await readdir(path, { recursive: true, withFileTypes: true })) {
      if (entry.isFile()) files.push(join(entry.parentPath, entry.name))
    }
  }
  return files
}

async function digestFile(path: string, fd?: number): Promise<string> {
  const hash = createHash('sha256')
  const opened = fd === undefined ? {} : { fd, autoClose: false, start: 0 }
  await pipeline(createReadStream(path, opened), hash)
  return hash.digest('hex')
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

function sqliteVersion(): string {
  const db = new (sqliteDriver())(':memory:')
  try {
    return db.prepare<[], string>('SELECT sqlite_source_id()').pluck().get() ?? ''
  } finally {
    db.close()
  }
}

function unreadable(option: string, path: string, root: string, cause: unknown): IsolaneError {
  const missing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT'
  const why = missing ? 'does not exist' : `cannot be read (${String(cause)})`
  return new IsolaneError('ISOLANE_TEMPLATE', {
    message: `The file "${path}" of sqlite({ ${option} }) ${why}; looked at ${resolve(root, path)}.`,
    hint: `correct the path in sqlite({ ${option} }); it starts at the project root.`,
    details: { option, path, file: resolve(root, path) },
    cause,
  })
}
