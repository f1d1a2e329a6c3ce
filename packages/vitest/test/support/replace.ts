import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Project } from './project.ts'

/** All at once, as editors do it: Vitest would also see a file that is still empty. */
export async function replace(
  it: Project,
  changed: Readonly<Record<string, string>>,
): Promise<void> {
  for (const [name, text] of Object.entries(changed)) {
    const whole = join(it.dir, '..', 'whole')
    await writeFile(whole, text)
    await rename(whole, join(it.dir, name))
  }
}
