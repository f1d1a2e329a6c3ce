import { createHash, randomUUID } from 'node:crypto'
import { readFile, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { PrepareContext } from '../../resource.ts'
import type { SqliteTemplate, TemplateMark } from './data.ts'
import type { ResolvedOptions } from './options.ts'
import { buildTemplate } from './template-build.ts'
import { readInputs } from './template-inputs.ts'
import { sweepTemplates } from './template-sweep.ts'

/** Finds the template for these options, or builds it: once per machine, whoever asks. */
export async function prepareTemplate(
  options: ResolvedOptions,
  context: PrepareContext,
): Promise<SqliteTemplate> {
  const inputs = await readInputs(options, context.root, randomUUID())
  const hash = await hashNow(inputs.hash, context)
  const dir = join(context.templatesDir, hash)
  const found = await findTemplate(dir, hash)
  if (found !== undefined) return found
  return context.locked(`template-${hash}`, async () => {
    const meanwhile = await findTemplate(dir, hash)
    if (meanwhile !== undefined) return meanwhile
    const proof = await buildTemplate(dir, options, inputs, context)
    await sweepTemplates(context.templatesDir).catch(() => {})
    return { path: join(dir, 'template.db'), hash, proof }
  })
}

// One that was built anew at the user's wish gets another hash, for later runs too: those that use the one before keep it.
async function hashNow(
  hash: string,
  { templatesDir, rebuild = false }: PrepareContext,
): Promise<string> {
  const path = join(templatesDir, `${hash}.again`)
  if (rebuild) await writeFile(path, randomUUID(), { mode: 0o600 })
  const again = await readFile(path, 'utf8').catch(() => undefined)
  if (again === undefined) return hash
  const now = new Date()
  await utimes(path, now, now)
  return createHash('sha256').update(`${hash} ${again}`).digest('hex').slice(0, 40)
}

async function findTemplate(dir: string, hash: string): Promise<SqliteTemplate | undefined> {
  const path = join(dir, 'template.db')
  const markPath = join(dir, 'template.json')
  try {
    const mark = JSON.parse(await readFile(markPath, 'utf8')) as TemplateMark
    if ((await stat(path)).size !== mark.sizeBytes) return undefined
    const now = new Date()
    await utimes(markPath, now, now)
    return { path, hash, proof: mark.proof }
  } catch {
    return undefined
  }
}
