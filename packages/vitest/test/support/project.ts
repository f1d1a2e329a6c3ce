import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import {
  cp,
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
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { stripVTControlCharacters } from 'node:util'
import { onTestFinished } from 'vitest'
import { until } from './until.ts'

const repository = fileURLToPath(new URL('../../../../', import.meta.url))

/** Versions of Vitest that are installed for these tests. */
export type VitestVersion = '5.1' | '4.1' | '5.0'

/** Those which the pool works with. */
export const versions: readonly VitestVersion[] = ['5.1', '4.1']

/** Where each is installed, its coverage providers beside it. */
const installed: Readonly<Record<VitestVersion, string>> = {
  '5.1': join(repository, 'node_modules'),
  '4.1': join(repository, 'runners/vitest-4.1/node_modules'),
  '5.0': join(repository, 'runners/vitest-5.0/node_modules'),
}

/** What one run of Vitest gave. */
export interface Result {
  readonly exitCode: number | null
  /** stdout and stderr together, without colours, with the project's directory as `<project>`. */
  readonly output: string
  readonly passed: number
  readonly failed: number
  /** Full names of failed tests, in order. */
  readonly failures: readonly string[]
}

/** Vitest while it runs. */
export interface Started {
  readonly child: ChildProcess
  readonly ended: Promise<void>
  output(): string
  /** Types into its terminal, when it has one. */
  type(text: string): void
}

/** A project in a directory of its own, with a cache directory of its own. */
export interface Project {
  readonly dir: string
  readonly cacheDir: string
  /** Runs `vitest run --pool=isolated …`. */
  run(...args: string[]): Promise<Result>
  /** Starts Vitest and leaves it running; `output()` is what it has printed so far. */
  start(...args: string[]): Started
  /** Processes that carry one of this project's lanes, and directories, layers of sandboxes and rows of its runs. */
  leftovers(): Promise<string[]>
  /** Waits until there is none of them. Throws with those that stay, and `printed`. */
  nothingLeft(printed?: () => string): Promise<void>
  write(files: Readonly<Record<string, string>>): Promise<void>
}

/** The lanes and config that most projects here share; any file may be given anew. */
const base: Readonly<Record<string, string>> = {
  'package.json': '{ "type": "module" }',
  'schema.sql': 'create table users (id integer primary key, name text not null);',
  'lanes.ts': `
    import { defineLanes, port, sqlite, tempDir } from '@isolane/core'
    export const lanes = defineLanes({ database: sqlite({ schema: 'schema.sql' }), port: port(), tempDir: tempDir() })
  `,
  // For `sequence.sequencer`: Vitest's own order follows earlier runs of files with the same name.
  'by-name.ts': `
    export class ByName {
      async shard(files) { return files }
      async sort(files) { return files.toSorted((left, right) => (left.moduleId < right.moduleId ? -1 : 1)) }
    }
  `,
  'vitest.config.ts': `
    import { isolated } from '@isolane/vitest'
    import { defineConfig } from 'vitest/config'
    import { lanes } from './lanes.ts'
    export default defineConfig({ plugins: [isolated(lanes)], test: { include: ['**/*.test.ts'] } })
  `,
}

/**
 * Makes a project from inline files; everything of it is gone after the test.
 *
 * @param within a command that runs Vitest, its arguments added.
 * @param version of Vitest. Default '5.1'.
 * @param terminal whether Vitest has a terminal of its own, which is typed into (Linux).
 */
export async function project(
  files: Readonly<Record<string, string>>,
  env: Readonly<Record<string, string>> = {},
  within: readonly string[] = [],
  version: VitestVersion = '5.1',
  terminal = false,
): Promise<Project> {
  const parent = await realpath(await mkdtemp(join(tmpdir(), 'isolane-vitest-')))
  const dir = join(parent, 'project')
  const cacheDir = join(parent, 'cache')
  const running = new Set<ChildProcess>()
  const started = new Set<number>()
  onTestFinished(async () => {
    for (const child of running) child.kill('SIGKILL')
    await rm(parent, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })
  })
  const write = async (more: Readonly<Record<string, string>>): Promise<void> => {
    for (const [name, text] of Object.entries(more)) {
      await mkdir(dirname(join(dir, name)), { recursive: true })
      await writeFile(join(dir, name), text)
    }
  }
  await write({ ...base, ...files })
  const ownTimeouts = Object.values(files).some((text) => text.includes('testTimeout'))
  await install(dir, version)
  const vitest = (args: readonly string[]): Started => {
    const vitest = [process.execPath, join(installed[version], 'vitest/vitest.mjs')]
    // Vitest's own 5 s are little while the disk is busy. Who tests timeouts says so.
    const patient = ['run', 'watch'].includes(args[0] ?? '') && !ownTimeouts
    const line = [...within, ...vitest, ...args, ...(patient ? ['--testTimeout=60000'] : [])]
    const [command, ...rest] = (terminal ? inTerminal(line) : line) as [string, ...string[]]
    const child = spawn(command, rest, {
      cwd: dir,
      env: { ...environment(cacheDir), ...env },
      stdio: [terminal ? 'pipe' : 'ignore', 'pipe', 'pipe'],
    })
    running.add(child)
    started.add(child.pid ?? 0)
    let text = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
    }
    const ended = new Promise<void>((resolve) => {
      child.once('close', () => {
        running.delete(child)
        resolve()
      })
    })
    const output = (): string =>
      stripVTControlCharacters(text).replaceAll(dir, '<project>').replaceAll(parent, '<parent>')
    return { child, output, ended, type: (keys) => void child.stdin?.write(keys) }
  }
  const leftoversNow = async (): Promise<string[]> => [
    ...(await leftovers(cacheDir)),
    ...(await layersOf(started)),
  ]
  return {
    dir,
    cacheDir,
    write,
    start: (...args) => vitest(args),
    async run(...args) {
      const json = join(parent, 'result.json')
      await rm(json, { force: true })
      const { child, output, ended } = vitest([
        'run',
        '--pool=isolated',
        '--reporter=default',
        '--reporter=json',
        `--outputFile.json=${json}`,
        ...args,
      ])
      await ended
      return { exitCode: child.exitCode, output: output(), ...(await counts(json)) }
    },
    leftovers: leftoversNow,
    async nothingLeft(printed = () => '') {
      let left: string[] = []
      const gone = async (): Promise<boolean> => (left = await leftoversNow()).length === 0
      await until('nothing is left', gone, () => `${left.join('\n')}\n${printed()}`)
    },
  }
}

/**
 * Gives a project its packages as links; for another Vitest than ours copies of Isolane's own, which take Vitest from
 * where they lie themselves.
 */
async function install(dir: string, version: VitestVersion): Promise<void> {
  const modules = join(dir, 'node_modules')
  if (version === '5.1') {
    await symlink(installed[version], modules)
    return
  }
  await mkdir(join(modules, '@isolane'), { recursive: true })
  const ours = join(repository, 'packages')
  for (const name of ['core', 'flake', 'record', 'sandbox', 'vitest']) {
    const parts = name === 'sandbox' ? ['package.json', 'dist', 'shell'] : ['package.json', 'dist']
    for (const part of parts) {
      const to = join(modules, '@isolane', name, part)
      await cp(join(ours, name, part), to, { recursive: true })
    }
  }
  for (const name of ['vitest', '@vitest']) {
    await symlink(join(installed[version], name), join(modules, name))
  }
  for (const name of await readdir(installed['5.1'])) {
    if (name.startsWith('.') || ['vitest', '@vitest', '@isolane'].includes(name)) continue
    await symlink(join(installed['5.1'], name), join(modules, name))
  }
}

/** util-linux's `script`: what it reads is typed, what the terminal shows is what it prints. */
function inTerminal(line: readonly string[]): readonly string[] {
  const quoted = line.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ')
  return ['script', '--quiet', '--return', '--flush', '--command', `exec ${quoted}`, '/dev/null']
}

/** The variables of this very run must not reach the inner one. */
function environment(cacheDir: string): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    ISOLANE_CACHE_DIR: cacheDir,
    CI: '',
    NO_COLOR: '1',
  }
  for (const name of Object.keys(env)) {
    if (
      /^(VITEST|TEST$|NODE_ENV$|NODE_OPTIONS$|NODE_V8_COVERAGE$|ISOLANE_(RUN|LANE|SLOT|HOST|LAYER|SANDBOX)$)/.test(
        name,
      )
    ) {
      delete env[name]
    }
  }
  return env
}

async function counts(json: string): Promise<Omit<Result, 'exitCode' | 'output'>> {
  const text = await readFile(json, 'utf8').catch(() => undefined)
  if (text === undefined) return { passed: 0, failed: 0, failures: [] }
  const report = JSON.parse(text) as {
    numPassedTests: number
    numFailedTests: number
    testResults: { assertionResults: { fullName: string; status: string }[] }[]
  }
  const failures = report.testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ status }) => status === 'failed')
    .map(({ fullName }) => fullName)
  return { passed: report.numPassedTests, failed: report.numFailedTests, failures }
}

/** Processes of this machine that carry a lane of runs in `cacheDir`, and what stands in its registry. */
async function leftovers(cacheDir: string): Promise<string[]> {
  const found: string[] = []
  if (process.platform === 'linux') {
    for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
      const env = await readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '')
      if (!env.includes(`ISOLANE_HOST=${cacheDir}`)) continue
      found.push(
        `process ${pid}: ${await readFile(`/proc/${pid}/cmdline`, 'latin1').catch(() => '')}`,
      )
    }
  }
  for (const run of await readdir(join(cacheDir, 'runs')).catch(() => [])) found.push(`run ${run}`)
  const { Registry } = await import('@isolane/core/host')
  const registry = await Registry.open({ dir: cacheDir })
  try {
    for (const { id } of await registry.runs()) found.push(`row of run ${id}`)
    for (const { id } of await registry.lanes()) found.push(`row of lane ${id}`)
    for (const kind of ['port', 'account']) {
      for (const name of await registry.leased(kind)) found.push(`lease ${kind} ${name}`)
    }
  } finally {
    await registry.close()
  }
  return found
}

/** Where the layers of sandboxes lie when the cache directory is itself copied on write: not below a temp directory. */
async function layersOf(mains: ReadonlySet<number>): Promise<string[]> {
  const uid = process.getuid?.() ?? 0
  const found: string[] = []
  for (const ground of [`/var/tmp/isolane-${uid}`, `/dev/shm/isolane-${uid}`]) {
    for (const name of await readdir(ground).catch(() => [])) {
      if (mains.has(parseInt(name, 10))) found.push(`layers ${join(ground, name)}`)
    }
  }
  return found
}
