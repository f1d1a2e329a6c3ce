import { availableParallelism, totalmem } from 'node:os'
import { isIsolaneError } from '@isolane/record'
import { Command } from 'commander'
import pc from 'picocolors'
import { count } from './count.ts'
import { liveRuns, runLines } from './live-runs.ts'
import type { LiveRun } from './live-runs.ts'

/** What one line of the answer says. */
interface Check {
  readonly name: string
  /** `off`: this machine cannot have it, and lanes work without it. */
  readonly state: 'ok' | 'off' | 'bad'
  readonly detail: string
  /** One action that would change the state. */
  readonly cure?: string
}

/** `isolane doctor`: what this machine offers, and whether lanes and sandboxes can work on it. */
export function doctorCommand(done: (exitCode: number) => void): Command {
  return new Command('doctor')
    .description(
      'check Node.js, the cache directory, the registry and the sandbox of this machine, and show its live lanes',
    )
    .option('--json', 'print one JSON object instead of lines')
    .helpOption('-h, --help', 'print this help')
    .addHelpText(
      'after',
      `
A machine without sandboxes is "off", not "bad": lanes work without them.

Below the checks stands every live run of this user with its lanes: state, slot and process of the worker,
generation, the test it is at and since when, and for whom it waits with lock(). What a lane is at is recorded with
a delay of up to 0.2 s. --json has the same as "runs".

Exit codes:
  0  nothing is bad
  1  something is bad`,
    )
    .action(async ({ json = false }: { json?: boolean }) => {
      const { checks: known, runs, shown } = await registry()
      const checks = [runtime(), machine(), ...known, ...(await sandbox())]
      const ok = checks.every(({ state }) => state !== 'bad')
      process.stdout.write(
        json
          ? `${JSON.stringify({ format, ok, checks, runs })}\n`
          : `${lines(checks)}${runLines(runs, shown)}`,
      )
      done(ok ? 0 : 1)
    })
}

const format = 'isolane.doctor/1'

const marks = { ok: pc.green('ok '), off: pc.yellow('off'), bad: pc.red('bad') }

function lines(checks: readonly Check[]): string {
  return checks
    .map(({ name, state, detail, cure }) => {
      const text = cure === undefined ? detail : `${detail}\nHint: ${cure}`
      return `${marks[state]} ${label(name).padEnd(11)} ${text.replaceAll('\n', `\n${' '.repeat(16)}`)}\n`
    })
    .join('')
}

function label(name: string): string {
  return name.replace(/^\w+\./, '- ')
}

function runtime(): Check {
  return {
    name: 'node',
    state: 'ok',
    detail: `${process.version}, ${process.platform} ${process.arch}`,
  }
}

function machine(): Check {
  const gib = (totalmem() / 1024 ** 3).toFixed(1)
  return {
    name: 'machine',
    state: 'ok',
    detail: `${availableParallelism()} cores, ${gib} GiB of memory`,
  }
}

// The registry brings a native module along; a machine that cannot load it must still get its answer.
async function registry(): Promise<{
  readonly checks: readonly Check[]
  readonly runs: readonly LiveRun[]
  readonly shown: (text: string) => string
}> {
  try {
    const { cacheDir, printable, Registry } = await import('@isolane/core/host')
    const open = await Registry.open()
    try {
      const runs = await liveRuns(open)
      const dead = (await open.runs()).length - runs.length
      const lanes = (await open.lanes()).length
      const held = `${count(runs.length, 'run', 'runs')}, ${count(lanes, 'lane', 'lanes')}`
      const left = dead > 0 ? `; ${dead} dead, isolane clean removes what they left` : ''
      const checks: Check[] = [
        { name: 'cache', state: 'ok', detail: cacheDir() },
        { name: 'registry', state: 'ok', detail: `${held}${left}` },
      ]
      return { checks, runs, shown: printable }
    } finally {
      await open.close()
    }
  } catch (error) {
    const why = isIsolaneError(error) || error instanceof Error ? error.message : String(error)
    return { checks: [{ name: 'registry', state: 'bad', detail: why }], runs: [], shown: String }
  }
}

async function sandbox(): Promise<Check[]> {
  const { examine } = await import('@isolane/sandbox')
  const { works, parts } = examine({ base: await layersBase() })
  const named = parts.filter((part) => part.works).map(({ part }) => part)
  const detail = works
    ? 'workers can have a network, files and processes of their own'
    : `workers cannot have all of it here${named.length === 0 ? '' : `, only: ${named.join(', ')}`}; lanes work without`
  const whole: Check = { name: 'sandbox', state: works ? 'ok' : 'off', detail }
  return [
    whole,
    ...parts.map(({ part, works: has, reason, cure }): Check => ({
      name: `sandbox.${part}`,
      state: has ? 'ok' : 'off',
      detail: reason ?? offers[part],
      ...(cure === undefined ? {} : { cure }),
    })),
  ]
}

const offers = {
  network: 'a loopback of its own: every worker can listen on the same port',
  files: 'a copy-on-write view of the project and of the temp directories',
  processes: 'what a worker starts ends with it',
}

/** Where the layers of `isolane run` lie; undefined, which is the same by default, when lanes cannot be had. */
async function layersBase(): Promise<string | undefined> {
  try {
    const { cacheDir } = await import('@isolane/core/host')
    return cacheDir()
  } catch {
    return undefined
  }
}
