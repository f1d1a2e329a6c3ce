import { link, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'

const nameOf = (dir: string): string => join(dir, 'template.db')

/**
 * Gives a template a second name in the directory of a lane, which says that it is in use for as long as that directory
 * is there: no clock has to be right for it, nor this process awake. Without hard links only the age of a template counts.
 */
export async function markInUse(template: string, dir: string): Promise<void> {
  await link(template, nameOf(dir)).catch(() => undefined)
}

/** Takes that name away. Harmless when there is none. */
export async function unmarkInUse(dir: string): Promise<void> {
  await rm(nameOf(dir), { force: true })
}

/** Whether a lane has the template in this directory in use. */
export async function isInUse(templateDir: string): Promise<boolean> {
  return (await stat(nameOf(templateDir))).nlink > 1
}
