import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { mkdir, stat } from 'node:fs/promises'
import type { Evidence, Resource } from '../../resource.ts'
import type { SqliteData, SqliteTemplate } from './data.ts'
import { removeDatabase } from './files.ts'
import { HeldFiles } from './held-files.ts'
import { openHandle } from './handle.ts'
import type { SqliteHandle } from './handle.ts'
import type { BaseTask } from './jobs/base.ts'
import type { CloneTask } from './jobs/clone.ts'
import type { EvidenceTask } from './jobs/evidence.ts'
import type { FreshAnswer, FreshTask } from './jobs/fresh.ts'
import type { ResetAnswer, ResetTask } from './jobs/reset.ts'
import { resolveOptions } from './options.ts'
import type { SqliteOptions } from './options.ts'
import type { ResetMark } from './restore/plan.ts'
import { isAlone, isSealed } from './seal.ts'
import { markInUse, unmarkInUse } from './template-use.ts'

export type { SqliteHandle } from './handle.ts'

const jobs = {
  clone: new URL('./jobs/clone.js', import.meta.url),
  base: new URL('./jobs/base.js', import.meta.url),
  reset: new URL('./jobs/reset.js', import.meta.url),
  fresh: new URL('./jobs/fresh.js', import.meta.url),
  evidence: new URL('./jobs/evidence.js', import.meta.url),
}

const patienceMs = 800
/** A template of no more is copied in a millisecond or two; a thread for it takes some fifty to start. */
const fewBytes = 1_024 * 1_024

let lastCopy: Promise<unknown> = Promise.resolve()

// Side by side each copy would take as long as all of them, and no worker could begin.
function afterOthers<T>(copy: () => Promise<T>): Promise<T> {
  const copied = lastCopy.then(copy)
  lastCopy = copied.catch(() => undefined)
  return copied
}

// Loaded in the host only: a worker that imports its lanes need not know how to make and reset them.
let quick: typeof import('./jobs/reset.ts') | undefined

/**
 * Gives every lane a SQLite database file of its own: a copy of a template that is built once and found again by the
 * content it is made from.
 *
 * - The lane's environment gets its `file:` URL, as `DATABASE_URL` or the name given with `env`, and its path, for drivers
 *   such as better-sqlite3 that take no URL, as `DATABASE_PATH` or the name given with `pathEnv`.
 * - A reset brings the file back to the lane's base, page by page, while connections of any process stay open, and is
 *   verified. It costs what was written since the one before, not what the database holds. A transaction left open makes
 *   it fail, with a reason; the lane is then replaced.
 * - The journal mode is no part of the base: a reset puts it back only where no open connection prevents it.
 *
 * @throws IsolaneError `ISOLANE_OPTION` for a wrong option; while lanes are made, `ISOLANE_TEMPLATE` when the template
 *   cannot be built and `ISOLANE_CLONE` when a copy is not like it. Nothing half-made remains.
 * @example
 * ```ts
 * import { defineLanes, sqlite } from '@isolane/core'
 *
 * export const lanes = defineLanes({
 *   database: sqlite({
 *     schema: 'db/schema.sql',
 *     seed: (db) => {
 *       db.prepare('INSERT INTO terms (name) VALUES (?)').run('Autumn')
 *     },
 *   }),
 * })
 * ```
 */
export function sqlite(
  options: SqliteOptions = {},
): Resource<SqliteHandle, SqliteData, SqliteTemplate> {
  const resolved = resolveOptions(options)
  const marks = new Map<string, ResetMark>()
  const held = new HeldFiles()
  /** Identities of files that have taken the place of those that lanes were made with. */
  const files = new Map<string, string>()
  const { schema, from } = resolved
  const resource: Resource<SqliteHandle, SqliteData, SqliteTemplate> = {
    kind: 'sqlite',
    inputs: [
      ...schema,
      ...(from === undefined ? [] : [from, `${from}-wal`]),
      ...(resolved.inputs ?? []),
    ],
    prepare: async (context) => {
      const { prepareTemplate } = await import('./template.ts')
      return await prepareTemplate(resolved, context)
    },
    async provision({ dir, template, threads, signal, onBase }) {
      await mkdir(dir, { recursive: true, mode: 0o700 })
      const path = join(dir, 'database.db')
      await markInUse(template.path, dir)
      const { journalMode } = resolved
      const clone: CloneTask = { template: template.path, proof: template.proof, path, journalMode }
      const isSmall = (await stat(template.path)).size <= fewBytes
      const file = isSmall
        ? (await import('./jobs/clone.ts')).cloneDatabase(clone)
        : await afterOthers(() => threads.run<string>(jobs.clone, 'cloneDatabase', clone, signal))
      const base: BaseTask = { path, base: join(dir, 'base.db'), template: template.path }
      onBase(async () => {
        // Nobody has written to it: its base is the template.
        if (await isSealed({ path, file, journalMode })) return
        // Who has it open, such as an app server, may be writing to it: a thread can wait.
        const isQuick = isSmall && journalMode === 'wal' && isAlone(path)
        if (isQuick) (await import('./jobs/base.ts')).settleBase(base)
        else await threads.run(jobs.base, 'settleBase', base, signal)
      })
      const url = pathToFileURL(path).href
      return {
        data: { ...base, url, file, journalMode },
        env: { [resolved.env]: url, [resolved.pathEnv]: path },
      }
    },
    open: openHandle,
    async reset(given, { threads, signal, fresh = false }) {
      const { path } = given
      const data = { ...given, file: files.get(path) ?? given.file }
      if (fresh) {
        marks.delete(path)
        held.letGo(path)
        const task: FreshTask = { ...data, patienceMs }
        const answer = await threads.run<FreshAnswer>(jobs.fresh, 'freshDatabase', task, signal)
        if (answer.file !== undefined) files.set(path, answer.file)
        return answer.outcome
      }
      if (await isSealed(data)) return { ok: true }
      const descriptors = held.descriptors(path)
      const task: ResetTask = {
        ...data,
        patienceMs,
        files: descriptors,
        mark: marks.get(path),
      }
      marks.delete(path)
      try {
        quick ??= await import('./jobs/reset.ts')
        const answer =
          (await quick.resetQuickly(task)) ??
          (await threads.run<ResetAnswer>(jobs.reset, 'resetDatabase', task, signal))
        if (answer.mark !== undefined) marks.set(path, answer.mark)
        return answer.outcome
      } finally {
        if (process.platform === 'win32') held.letGo(path)
      }
    },
    evidence(data, { name, into, threads, signal }) {
      const task: EvidenceTask = { ...data, name, into, patienceMs }
      return threads.run<Evidence>(jobs.evidence, 'keepEvidence', task, signal)
    },
    async rebase(data, { threads, signal }) {
      const { path, base, template } = data
      marks.delete(path)
      await threads.run(jobs.base, 'replaceBase', { path, base, template }, signal)
    },
    async dispose({ path, base }, { dir }) {
      marks.delete(path)
      held.letGo(path)
      files.delete(path)
      await removeDatabase(path)
      await removeDatabase(base)
      await unmarkInUse(dir)
    },
  }
  return resource
}
