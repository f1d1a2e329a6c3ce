import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import {
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { stripVTControlCharacters } from 'node:util'
import { onTestFinished } from 'vitest'

const repository = fileURLToPath(new URL('../../../../', import.meta.url))
const isolane = join(repository, 'packages/cli/dist/main.js')

/** The runners as a project starts them. */
export const commands = {
  vitest: [process.execPath, join(repository, 'node_modules/vitest/vitest.mjs')],
  jest: [process.execPath, join(repository, 'node_modules/jest/bin/jest.js')],
} as const

/** How one command ended. Texts are without colours, with the project's directory as `<project>`. */
export interface Ended {
  readonly exitCode: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
  /** The lines of stderr that are ours, without `isolane: `. */
  readonly said: readonly string[]
}

/** A command that runs. */
export interface Running {
  readonly child: ChildProcess
  /** What it has printed so far, both streams. */
  output(): string
  /** Waits until what it has printed matches; fails when it ends before. */
  printed(pattern: RegExp): Promise<RegExpExecArray>
  readonly ended: Promise<Ended>
}

/** A project in a directory of its own. */
export interface RunProject {
  readonly dir: string
  /** Starts a command as it is. */
  start(command: readonly string[], env?: Readonly<Record<string, string>>): Running
  /** Runs a command as it is, without any sandbox. */
  plain(command: readonly string[], env?: Readonly<Record<string, string>>): Promise<Ended>
  /** Runs `isolane run …`. */
  isolane(...args: readonly string[]): Promise<Ended>
  /** The words of `isolane run …`. */
  words(...args: readonly string[]): readonly string[]
  /** Starts `isolane exec …`. */
  exec(...args: readonly string[]): Running
  /** `.isolane/sandbox.json`. */
  report(): Promise<Report>
  write(files: Readonly<Record<string, string>>): Promise<void>
  read(name: string): Promise<string>
  /** Every file of the project but node_modules and .isolane, sorted. */
  files(): Promise<readonly string[]>
  /** Processes of this project that still live, and directories of its sandboxes. */
  leftovers(): readonly string[]
  /** Waits until nothing is left; gives what still is when it takes too long. For what ends by itself after a signal. */
  gone(): Promise<readonly string[]>
}

/** The part of sandbox.json that tests look at. */
export interface Report {
  readonly format: string
  readonly runners: readonly { readonly name: string }[]
  readonly keptApart: readonly {
    readonly kind: string
    readonly name: string
    readonly workers: number
  }[]
  readonly workers: readonly {
    readonly slot: number
    readonly files: readonly string[]
    readonly written: readonly {
      readonly path: string
      readonly change: string
      readonly kept: boolean
    }[]
  }[]
  readonly files: readonly {
    readonly file: string
    readonly written: readonly { readonly path: string }[]
  }[]
}

/** Makes a project from inline files; everything of it is gone after the test. */
export async function runProject(
  files: Readonly<Record<string, string>>,
  name = 'project',
): Promise<RunProject> {
  const parent = await realpath(await mkdtemp(join(tmpdir(), 'isolane-run-')))
  const dir = join(parent, name)
  const running = new Set<ChildProcess>()
  onTestFinished(async () => {
    for (const child of running) child.kill('SIGKILL')
    await rm(parent, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })
  })
  const write = async (more: Readonly<Record<string, string>>): Promise<void> => {
    for (const [path, text] of Object.entries(more)) {
      await mkdir(dirname(join(dir, path)), { recursive: true })
      await writeFile(join(dir, path), text)
    }
  }
  await write({ 'package.json': '{ "type": "module" }', ...files })
  await symlink(join(repository, 'node_modules'), join(dir, 'node_modules'))
  const start: RunProject['start'] = ([command = '', ...args], env = {}) => {
    const child = spawn(command, args, {
      cwd: dir,
      env: { ...environment(), ISOLANE_CACHE_DIR: join(parent, 'cache'), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    running.add(child)
    const clean = (text: string): string =>
      stripVTControlCharacters(text).replaceAll(dir, '<project>')
    let stdout = ''
    let stderr = ''
    const hearers = new Set<() => void>()
    const hear = (): void => hearers.forEach((look) => look())
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => ((stdout += chunk), hear()))
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => ((stderr += chunk), hear()))
    const output = (): string => clean(stdout + stderr)
    const ended = new Promise<Ended>((settle) => {
      child.once('close', (exitCode, signal) => {
        running.delete(child)
        const said = clean(stderr)
          .split('\n')
          .filter((line) => line.startsWith('isolane: '))
          .map((line) => line.slice('isolane: '.length))
        settle({ exitCode, signal, stdout: clean(stdout), stderr: clean(stderr), said })
        hear()
      })
    })
    const printed = async (pattern: RegExp): Promise<RegExpExecArray> =>
      await new Promise((found, fail) => {
        const look = (): void => {
          const match = pattern.exec(output())
          if (match !== null) found(match)
          else if (!running.has(child)) fail(new Error(`${pattern} was not printed:\n${output()}`))
        }
        hearers.add(look)
        look()
      })
    return { child, output, printed, ended }
  }
  const words: RunProject['words'] = (...args) => [process.execPath, isolane, 'run', ...args]
  return {
    dir,
    start,
    words,
    plain: async (command, env) => await start(command, env).ended,
    isolane: async (...args) => await start(words(...args)).ended,
    exec: (...args) => start([process.execPath, isolane, 'exec', ...args]),
    report: async () =>
      JSON.parse(await readFile(join(dir, '.isolane/sandbox.json'), 'utf8')) as Report,
    write,
    read: async (path) => await readFile(join(dir, path), 'utf8'),
    files: async () => await filesIn(dir),
    leftovers: () => leftovers(parent),
    gone: async () => {
      const limit = Date.now() + 30_000
      while (leftovers(parent).length > 0 && Date.now() < limit) await delay(50)
      return leftovers(parent)
    },
  }
}

/** The variables of this very run must not reach the inner one. */
function environment(): NodeJS.ProcessEnv {
  const outer =
    /^(VITEST|JEST|TEST$|NODE_ENV$|NODE_OPTIONS$|NODE_V8_COVERAGE$|FORCE_|ISOLANE_|GITHUB_|npm_)/
  return {
    ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !outer.test(name))),
    CI: '',
    NO_COLOR: '1',
  }
}

async function filesIn(dir: string): Promise<readonly string[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(dir, join(entry.parentPath, entry.name)))
    .filter((path) => !/(^|\/)(node_modules|\.isolane)(\/|$)/.test(path))
    .sort()
}

function leftovers(parent: string): readonly string[] {
  const processes = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => proc(pid, 'environ').includes(`ISOLANE_CACHE_DIR=${parent}/`))
    .filter((pid) => !/^[ZX]/.test(proc(pid, 'stat').replace(/^.*\) /s, '')))
    .map((pid) => `process ${pid}: ${proc(pid, 'cmdline').replaceAll('\0', ' ')}`)
  const layers = [`/var/tmp/isolane-${process.getuid?.()}`, join(parent, 'cache/sandbox')]
    .filter((ground) => existsSync(ground))
    .flatMap((ground) =>
      readdirSync(ground, { withFileTypes: true })
        .filter((entry) => entry.isDirectory() && belongs(join(ground, entry.name), parent))
        .map(({ name }) => join(ground, name)),
    )
  return [...processes, ...layers]
}

/** Layers name the project in their tables of mounts. */
function belongs(run: string, parent: string): boolean {
  try {
    return ['.', ...readdirSync(run)]
      .map((name) => join(run, name, 'fstab'))
      .some((path) => existsSync(path) && readFileSync(path, 'utf8').includes(parent))
  } catch (error) {
    // Another test's, which has just ended.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw error
  }
}

function proc(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1')
  } catch {
    return ''
  }
}
