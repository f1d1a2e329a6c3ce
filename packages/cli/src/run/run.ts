import { randomUUID } from 'node:crypto'
import { mkdirSync, realpathSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  isSandboxed,
  makeReport,
  partsLine,
  removeDeadLayers,
  Sandboxes,
  writeReport,
} from '@isolane/sandbox'
import { runProcess } from './run-process.ts'
import { asOpeningError, rootOf, settingsOf } from './run-options.ts'
import type { RunFlags } from './run-options.ts'
import { readJournals } from './shared/journal.ts'
import { runEnvironment } from './shared/run-plan.ts'
import type { RunPlan } from './shared/run-plan.ts'
import { summary } from './summary.ts'

/**
 * Runs a test command with every test worker in a sandbox.
 *
 * @returns the exit code of the command.
 * @throws IsolaneError before anything is run: `ISOLANE_OPTION` for a wrong option, `ISOLANE_SANDBOX` where
 *   sandboxes cannot be had, `ISOLANE_COMMAND` for a command that is not there.
 */
export async function run(command: readonly string[], flags: RunFlags): Promise<number> {
  const say = (line: string): void => void process.stderr.write(`isolane: ${line}\n`)
  if (isSandboxed()) {
    say('this process is in a sandbox already: the command runs in that.')
    return await runProcess(command, { env: process.env, stdoutToStderr: false })
  }
  const cwd = realpathSync(process.cwd())
  const root = rootOf(flags, cwd)
  const settings = settingsOf(flags, root, cwd)
  const base = process.env['ISOLANE_CACHE_DIR']
  const options = {
    root,
    settings,
    ...(base ? { base: resolve(base) } : {}),
    onMessage: say,
  }
  const sandboxes = open(options)
  try {
    const journals = join(sandboxes.directory, 'journals')
    mkdirSync(journals, { mode: 0o700 })
    const nodeOptions = process.env['NODE_OPTIONS']
    const plan: RunPlan = {
      run: randomUUID(),
      pid: process.pid,
      root,
      settings,
      ...(base ? { base: resolve(base) } : {}),
      ...(flags.workers === undefined ? {} : { workers: flags.workers }),
      sharedWebServer: flags.sharedWebserver === true,
      journals,
      ...(nodeOptions === undefined ? {} : { nodeOptions }),
    }
    say(`${partsLine(settings.parts).replace(/\.$/, '')}; project: ${root}`)
    const preload = fileURLToPath(new URL('preload.cjs', import.meta.url))
    const exitCode = await runProcess(command, {
      env: {
        ...process.env,
        ...runEnvironment(plan, preload),
        // A project with isolated(lanes) makes its sandboxes itself, by this.
        ISOLANE_SANDBOX: JSON.stringify(sandboxOptions(settings)),
      },
      stdoutToStderr: flags.json === true,
    })
    const runners = readJournals(journals)
    const report = makeReport({
      command,
      root,
      parts: settings.parts,
      exitCode,
      runners: runners.map(({ runner: { name, pid }, started }) => ({
        name,
        pid,
        workers: started,
      })),
      forwarded: [...new Set(runners.flatMap(({ forwarded }) => forwarded))],
      workers: runners.flatMap(({ runner, workers }) =>
        workers.map((worker) => ({ ...worker, runner })),
      ),
    })
    for (const line of summary(report)) say(line)
    try {
      writeReport(root, report)
    } catch (error) {
      say(`.isolane/sandbox.json could not be written: ${String(error)}`)
    }
    if (flags.json === true) process.stdout.write(`${JSON.stringify(report, null, 2)}\n`)
    return exitCode
  } finally {
    await sandboxes.close()
    // The runners of this command are dead by now. What one of them has left and cannot be removed, the next run tries.
    await removeDeadLayers(options.base).catch(() => undefined)
  }
}

function sandboxOptions({ parts, forward, keep, writable }: RunPlan['settings']): object {
  return {
    network: parts.includes('network') && { forward },
    files: parts.includes('files') && { keep, writable },
    processes: parts.includes('processes'),
  }
}

function open(options: Parameters<typeof Sandboxes.open>[0]): Sandboxes {
  try {
    return Sandboxes.open(options)
  } catch (error) {
    throw asOpeningError(error)
  }
}
