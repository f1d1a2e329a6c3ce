import { randomBytes } from 'node:crypto'
import { chmod, mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { PrepareContext } from '../../resource.ts'
import type { FinishTask, ImportTask, SchemaTask } from './jobs/build.ts'
import { runMigration } from './migration.ts'
import type { ResolvedOptions } from './options.ts'
import type { Proof } from './proof.ts'
import { runSeed } from './seed.ts'
import type { TemplateInputs } from './template-inputs.ts'
import type { TemplateMark } from './data.ts'

const build = new URL('./jobs/build.js', import.meta.url)

/** Builds a template beside its place and moves it there when it is finished. The caller holds the template's lock. */
export async function buildTemplate(
  dir: string,
  options: ResolvedOptions,
  inputs: TemplateInputs,
  context: PrepareContext,
): Promise<Proof> {
  const { threads, signal } = context
  await removeHalfMade(dir)
  const workshop = `${dir}.${randomBytes(4).toString('hex')}`
  const path = join(workshop, 'template.db')
  context.progress(`${context.name}: building the database template (${summary(options)})`)
  await mkdir(workshop, { recursive: true, mode: 0o700 })
  try {
    const imported: ImportTask = { path, from: inputs.from }
    const violations = await threads.run<number>(build, 'importDatabase', imported, signal)
    if (inputs.schema.length > 0) {
      const schema: SchemaTask = { path, files: inputs.schema }
      await threads.run(build, 'applySchema', schema, signal)
    }
    if (options.migrate !== undefined) {
      await runMigration(options.migrate, path, options, context)
    }
    if (options.seed !== undefined) await runSeed(options.seed, path)
    signal.throwIfAborted()
    const finish: FinishTask = { path, violations }
    const proof = await threads.run<Proof>(build, 'finishTemplate', finish, signal)
    await chmod(path, 0o400)
    const { size } = await stat(path)
    const mark: TemplateMark = { kind: 'sqlite', sizeBytes: size, once: inputs.once, proof }
    await writeFile(join(workshop, 'template.json'), JSON.stringify(mark), { mode: 0o600 })
    await rename(workshop, dir)
    return proof
  } catch (error) {
    await rm(workshop, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 })
    throw error
  }
}

async function removeHalfMade(dir: string): Promise<void> {
  const templatesDir = dirname(dir)
  for (const name of await readdir(templatesDir)) {
    if (name === basename(dir) || name.startsWith(`${basename(dir)}.`)) {
      await rm(join(templatesDir, name), { recursive: true, force: true })
    }
  }
}

function summary({ from, schema, migrate, seed }: ResolvedOptions): string {
  const parts = [
    ...(from === undefined ? [] : [from]),
    ...schema,
    ...(migrate === undefined ? [] : [migrate]),
    ...(seed === undefined ? [] : ['seed']),
  ]
  return parts.length === 0 ? 'empty' : parts.join(', ')
}
