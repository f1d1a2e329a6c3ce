import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

/** The top directory of the checkout. */
export const root: string = fileURLToPath(new URL('../..', import.meta.url)).replace(/[/\\]$/, '')

/**
 * Runs a command of node_modules/.bin at the top of the checkout. Resolves to its output when it
 * failed and to an empty string when it did not.
 */
export async function runTool(name: string, ...args: string[]): Promise<string> {
  const windows = process.platform === 'win32'
  const path = join(root, 'node_modules', '.bin', windows ? `${name}.cmd` : name)
  const child = spawn(path, args, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    shell: windows,
  })
  const exit = new Promise<number>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve(code ?? 1))
  })
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), exit])
  if (code === 0) return ''
  const output = [stdout, stderr].map((part) => part.trimEnd()).filter((part) => part !== '')
  return output.length === 0 ? `${name} ended with exit code ${code}.` : output.join('\n')
}
