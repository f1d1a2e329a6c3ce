import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { appendFileSync, createWriteStream, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { stripVTControlCharacters } from 'node:util'
import { helperFiles } from '../shared/helper-plan.ts'
import type { ReadyPlan, ServicePlan } from '../shared/service.ts'
import { httpAnswers, portAnswers } from './answers.ts'

/** How many lines of its output the message of a failed service holds. */
const SHOWN_LINES = 20

/** How much of its output is kept to match patterns against, in characters. */
const KEPT_OUTPUT = 1 << 20

/** Milliseconds between two looks at a port or URL: the first ones, then the last of them. */
const PAUSES = [10, 20, 40, 80, 160, 250]

/**
 * Starts a service and waits until it is ready.
 *
 * @param onGroup is given the process group as soon as there is one.
 * @returns the variables that its output named.
 * @throws Error with a message for people: it ended, or was not ready in time.
 */
export async function startService(
  plan: ServicePlan,
  layer: string,
  onGroup: (group: number) => void,
): Promise<Readonly<Record<string, string>>> {
  const probes = plan.ready.filter((ready) => ready.kind !== 'pattern')
  if (await anyAnswers(probes)) {
    if (plan.reuse) return {}
    throw new Error(
      `${title(plan)} is not needed: ${probes.map(nameOf).join(', ')} answers already, forwarded from this machine.`,
    )
  }
  const child = spawn('sh', ['-c', plan.command], {
    cwd: plan.cwd,
    env: plan.env,
    stdio: ['ignore', 'pipe', 'pipe'],
    // Its own process group: the terminal's Ctrl+C is for the runner, and all of it can be ended at once.
    detached: true,
  })
  if (child.pid !== undefined) {
    onGroup(child.pid)
    appendFileSync(join(layer, helperFiles.groups), `${child.pid}\n`)
  }
  const output = new Output(child, plan, layer)
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(`could not be started: ${error.message}`))
    // Not "exit": the last lines of its output say why.
    child.once('close', (code, signal) =>
      resolve(signal === null ? `ended with code ${String(code)}` : `was ended by ${signal}`),
    )
  })
  if (plan.ready.length === 0) return {}
  const over = new AbortController()
  const late = new Promise<string>((resolve) => {
    setTimeout(resolve, plan.timeoutMs, `was not ready within ${plan.timeoutMs} ms`).unref()
  })
  const ready = Promise.race([answered(probes, over.signal), output.matched])
  const result = await Promise.race([ready, ended, late])
  over.abort()
  if (typeof result !== 'string') return result
  const waited = ` (waited for ${plan.ready.map(nameOf).join(' or ')})`
  throw new Error(`${title(plan)} ${result}${waited}.${output.last()}`)
}

class Output {
  /** Resolves with what the named groups caught when one of the patterns matches. */
  readonly matched: Promise<Readonly<Record<string, string>>>
  readonly #text = { stdout: '', stderr: '' }
  #all = ''

  constructor(child: ChildProcess, plan: ServicePlan, layer: string) {
    const directory = join(layer, helperFiles.output)
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    const name = `${plan.name.replaceAll(/[^\w.-]/g, '_')}-${child.pid ?? 0}.log`
    const file = createWriteStream(join(directory, name), { mode: 0o600 })
    // A full disk takes the log, not the service.
    file.on('error', () => undefined)
    let found: (groups: Readonly<Record<string, string>>) => void = () => undefined
    this.matched = new Promise((resolve) => (found = resolve))
    for (const stream of ['stdout', 'stderr'] as const) {
      const echo = plan.echo.includes(stream) ? echoer(plan.name) : undefined
      const patterns = plan.ready
        .filter((ready) => ready.kind === 'pattern')
        .filter((ready) => ready.stream === stream)
        .map(({ source, flags }) => new RegExp(source, flags.replaceAll(/[gy]/g, '')))
      child[stream]?.setEncoding('utf8').on('data', (text: string) => {
        file.write(text)
        echo?.(text)
        this.#all = (this.#all + text).slice(-KEPT_OUTPUT)
        if (patterns.length === 0) return
        this.#text[stream] = (this.#text[stream] + stripVTControlCharacters(text)).slice(
          -KEPT_OUTPUT,
        )
        for (const pattern of patterns) {
          const match = pattern.exec(this.#text[stream])
          if (match !== null) found({ ...match.groups })
        }
      })
    }
  }

  /** The last lines of both outputs, as an end for a message. */
  last(): string {
    const lines = stripVTControlCharacters(this.#all)
      // oxlint-disable-next-line no-control-regex -- what a service prints is hostile to terminals
      .replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f]/g, '')
      .trimEnd()
      .split('\n')
      .slice(-SHOWN_LINES)
    if (lines.join('') === '') return ' It printed nothing.'
    return ` Its output ends with:\n${lines.map((line) => `  | ${line}`).join('\n')}`
  }
}

function echoer(name: string): (text: string) => void {
  let rest = ''
  return (text) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) process.stderr.write(`[${name}] ${line}\n`)
  }
}

async function answered(
  probes: readonly ReadyPlan[],
  signal: AbortSignal,
): Promise<Readonly<Record<string, string>>> {
  if (probes.length === 0) return new Promise(() => undefined)
  for (let turn = 0; !signal.aborted; turn++) {
    const started = performance.now()
    if (await anyAnswers(probes)) break
    const pause = PAUSES[Math.min(turn, PAUSES.length - 1)] ?? 0
    const left = pause - (performance.now() - started)
    await new Promise((resolve) => setTimeout(resolve, Math.max(left, 1)))
  }
  return {}
}

async function anyAnswers(probes: readonly ReadyPlan[]): Promise<boolean> {
  const answers = await Promise.all(
    probes.map(async (ready) => {
      if (ready.kind === 'url') return await httpAnswers(ready.url, ready.ignoreHTTPSErrors)
      return ready.kind === 'port' && (await portAnswers(ready.port))
    }),
  )
  return answers.includes(true)
}

function nameOf(ready: ReadyPlan): string {
  if (ready.kind === 'url') return ready.url
  return ready.kind === 'port' ? `port ${ready.port}` : `/${ready.source}/ in its ${ready.stream}`
}

function title({ name, command }: ServicePlan): string {
  return `The service "${name}" of the sandbox (${command})`
}
