import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { parts, preload, Sandboxes, sandboxSettings } from '@isolane/sandbox'
import type { Part, Sandbox } from '@isolane/sandbox'
import { median } from './figure.ts'
import type { Row } from './figure.ts'

/** Node.js with nothing to do: plain, in each part of a sandbox, and in all. Arms in alternation. */
export async function oneProcess(rounds: number): Promise<readonly Row[]> {
  const root = await mkdtemp('/var/tmp/isolane-bench-')
  const open = (on: readonly Part[]): Sandboxes =>
    Sandboxes.open({
      root,
      base: join(root, '..', `${root}-layers`),
      settings: sandboxSettings(Object.fromEntries(parts.map((part) => [part, on.includes(part)]))),
    })
  const sandboxes = [...parts.map((part) => [part]), [...parts]].map((on) => ({
    what: `node in a sandbox: ${on.join(', ')}`,
    sandboxes: open(on),
  }))
  const times = new Map<string, number[]>()
  const measure = async (what: string, work: () => Promise<void> | void): Promise<void> => {
    // In the order in which they begin.
    if (!times.has(what)) times.set(what, [])
    const startedAt = performance.now()
    await work()
    times.get(what)?.push(performance.now() - startedAt)
  }
  try {
    for (let round = 0; round <= rounds; round++) {
      // The first round only warms up.
      if (round === 1) times.clear()
      await measure('node', async () => await ended(process.execPath, ['-e', '0'], root))
      await measure('node --require of the preload', async () => {
        await ended(process.execPath, ['--require', preload, '-e', '0'], root)
      })
      for (const { what, sandboxes: made } of sandboxes) {
        const all = made.settings.parts.length === parts.length
        const part = async (name: string, work: () => Promise<void> | void): Promise<void> =>
          all ? await measure(`  of which ${name}`, work) : await work()
        await measure(what, async () => {
          let entered: Sandbox | undefined
          await part('before it starts (enter)', () => {
            entered = made.enter({ cwd: root })
          })
          if (entered === undefined) return
          const { prefix, env, end } = entered
          const [command, ...before] = prefix
          const args = [...before, process.execPath, '--require', preload, '-e', '0']
          await part('from start to exit', async () => await ended(command, args, root, env))
          await part('after its exit (end)', () => void end())
        })
      }
    }
    return [...times].map(([what, each]) => ({ what, medianMs: median(each) }))
  } finally {
    for (const { sandboxes: made } of sandboxes) await made.close()
    await rm(root, { recursive: true, force: true })
    await rm(`${root}-layers`, { recursive: true, force: true })
  }
}

async function ended(
  command: string,
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): Promise<void> {
  const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: 'inherit' })
  const [exitCode] = (await once(child, 'exit')) as [number | null]
  if (exitCode !== 0) throw new Error(`${command} ended with exit code ${exitCode}.`)
}
