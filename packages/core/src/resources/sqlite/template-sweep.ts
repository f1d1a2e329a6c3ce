import { readFile, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { TemplateMark } from './data.ts'
import { isInUse } from './template-use.ts'

const dayMs = 24 * 60 * 60 * 1_000
const unusedMs = 14 * dayMs

/**
 * Removes templates that no lane has in use and no run asked for in 14 days, or in one where they serve one run only, and
 * what killed builders left a day ago.
 */
export async function sweepTemplates(templatesDir: string, now = Date.now()): Promise<void> {
  for (const name of await readdir(templatesDir)) {
    const dir = join(templatesDir, name)
    if (/^[0-9a-f]{40}\.[0-9a-f]{8}$/.test(name)) {
      if (now - (await modified(dir)) > dayMs) await rm(dir, { recursive: true, force: true })
    } else if (/^[0-9a-f]{40}\.again$/.test(name)) {
      if (now - (await modified(dir)) > unusedMs) await rm(dir, { force: true })
    } else if (/^[0-9a-f]{40}$/.test(name)) {
      const markPath = join(dir, 'template.json')
      const mark = await readFile(markPath, 'utf8').then(
        (text) => JSON.parse(text) as TemplateMark,
        () => undefined,
      )
      if (mark?.kind !== 'sqlite' || (await isInUse(dir).catch(() => false))) continue
      if (now - (await modified(markPath)) > (mark.once ? dayMs : unusedMs)) {
        await rm(dir, { recursive: true, force: true })
      }
    }
  }
}

async function modified(path: string): Promise<number> {
  return (await stat(path)).mtimeMs
}
