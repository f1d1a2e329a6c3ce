import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
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
import { delimiter, dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { stripVTControlCharacters } from 'node:util'
import type { JSONReport, JSONReportSuite } from '@playwright/test/reporter'
import { onTestFinished } from 'vitest'
import { app } from './app.ts'

const repository = fileURLToPath(new URL('../../../../', import.meta.url))

/** One attempt of one test. */
export interface Attempt {
  readonly title: string
  readonly status: string
  /** First error, without colours. */
  readonly error: string | undefined
  /** Bodies of text attachments, file names of others, by name. */
  readonly attachments: Readonly<Record<string, string>>
  readonly workerIndex: number
  readonly parallelIndex: number
  readonly stdout: string
  readonly annotations: readonly string[]
}

/** What one run of Playwright gave. */
export interface Result {
  readonly exitCode: number | null
  /** stdout and stderr together, without colours, with the project's directory as `<project>`. */
  readonly output: string
  /** Every attempt in the order of files and titles. */
  readonly attempts: readonly Attempt[]
}

/** A runner while it runs. */
export interface Started {
  readonly child: ChildProcess
  readonly ended: Promise<void>
  output(): string
}

/** A project in a directory of its own, with a cache directory of its own. */
export interface Project {
  readonly dir: string
  readonly cacheDir: string
  run(...args: string[]): Promise<Result>
  start(...args: string[]): Started
  /** Starts Vitest in the same directory. */
  vitest(...args: string[]): Started
  /** Processes that carry this project's runs, and directories of its runs. */
  leftovers(): Promise<string[]>
  /** Waits until there are none; gives those that stay. The last processes of a browser end a moment after it. */
  gone(): Promise<string[]>
}

const base: Readonly<Record<string, string>> = {
  ...app,
  'package.json': '{ "type": "module" }',
  'playwright.config.ts': `
    import { isolated } from '@isolane/playwright'
    import { defineConfig } from '@playwright/test'
    import { lanes } from './lanes.ts'
    import { use } from './use.ts'

    export default isolated(lanes, defineConfig({ testDir: '.', workers: 2, use, timeout: 100_000, expect: { timeout: 30_000 } }))
  `,
  'use.ts': `
    const executablePath = process.env.TEST_BROWSER
    const args = ['--no-sandbox', '--disable-background-networking']
    export const use = { launchOptions: executablePath ? { executablePath, args } : { args } }
  `,
}

/** Makes a project from inline files; everything of it is gone after the test. */
export async function project(
  files: Readonly<Record<string, string>>,
  env: Readonly<Record<string, string>> = {},
): Promise<Project> {
  const parent = await realpath(await mkdtemp(join(tmpdir(), 'isolane-playwright-')))
  const dir = join(parent, 'project')
  const cacheDir = join(parent, 'cache')
  const running = new Set<ChildProcess>()
  onTestFinished(async () => {
    for (const child of running) child.kill('SIGKILL')
    await rm(parent, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })
  })
  for (const [name, text] of Object.entries({ ...base, ...files })) {
    await mkdir(dirname(join(dir, name)), { recursive: true })
    await writeFile(join(dir, name), text)
  }
  await symlink(join(repository, 'node_modules'), join(dir, 'node_modules'))
  const temporary = join(parent, 't')
  await mkdir(temporary)
  const json = join(parent, 'result.json')
  const runner = (script: string, args: readonly string[]): Started => {
    const child = spawn(process.execPath, [join(repository, 'node_modules', script), ...args], {
      cwd: dir,
      env: { ...environment(cacheDir, json, temporary), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    running.add(child)
    let text = ''
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
    const ended = new Promise<void>((resolve) => {
      child.once('close', () => {
        running.delete(child)
        resolve()
      })
    })
    const output = (): string => stripVTControlCharacters(text).replaceAll(dir, '<project>')
    return { child, output, ended }
  }
  const start: Project['start'] = (...args) => runner('@playwright/test/cli.js', ['test', ...args])
  return {
    dir,
    cacheDir,
    start,
    vitest: (...args) => runner('vitest/vitest.mjs', args),
    async run(...args) {
      await rm(json, { force: true })
      const { child, output, ended } = start('--reporter=list,json', ...args)
      await ended
      return { exitCode: child.exitCode, output: output(), attempts: attemptsOf(json) }
    },
    leftovers: async () => await leftovers(cacheDir),
    gone: async () => {
      const limit = Date.now() + 30_000
      while ((await leftovers(cacheDir)).length > 0 && Date.now() < limit) await delay(50)
      return await leftovers(cacheDir)
    },
  }
}

/** The variables of this very run must not reach the inner one. */
function environment(cacheDir: string, json: string, temporary: string): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    ISOLANE_CACHE_DIR: cacheDir,
    // Browsers that a test kills leave their profile behind.
    TMPDIR: temporary,
    PLAYWRIGHT_JSON_OUTPUT_FILE: json,
    PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD: '1',
    PLAYWRIGHT_HTML_OPEN: 'never',
    CI: '',
  }
  const browser = browserPath()
  if (browser !== undefined) env['TEST_BROWSER'] = browser
  for (const name of Object.keys(env)) {
    if (
      /^(VITEST|ISOLANE_(RUN|LANE|SLOT|HOST|SANDBOX|LAYER)$|TEST_|NODE_OPTIONS$|FORCE_COLOR$)/.test(
        name,
      )
    ) {
      if (name !== 'TEST_BROWSER') delete env[name]
    }
  }
  return env
}

/** The browser that setup found, or one of the machine's; undefined for Playwright's own. */
function browserPath(): string | undefined {
  const named = process.env['ISOLANE_BROWSER']
  if (named !== undefined && named !== '') return named
  for (const dir of (process.env['PATH'] ?? '').split(delimiter)) {
    for (const name of ['chromium', 'chromium-browser', 'google-chrome']) {
      if (existsSync(join(dir, name))) return join(dir, name)
    }
  }
  return undefined
}

function attemptsOf(json: string): Attempt[] {
  if (!existsSync(json)) return []
  const report = JSON.parse(readFileSync(json, 'utf8')) as JSONReport
  const attempts: Attempt[] = []
  const visit = (suite: JSONReportSuite): void => {
    for (const spec of suite.specs) {
      for (const { results, annotations } of spec.tests) {
        for (const result of results) {
          const message = result.error?.message
          attempts.push({
            title: spec.title,
            status: result.status ?? 'none',
            error: message === undefined ? undefined : stripVTControlCharacters(message),
            attachments: Object.fromEntries(
              result.attachments.map(({ name, body, path }) => [
                name,
                body === undefined ? (path ?? '') : Buffer.from(body, 'base64').toString(),
              ]),
            ),
            workerIndex: result.workerIndex,
            parallelIndex: result.parallelIndex,
            stdout: result.stdout.map((one) => ('text' in one ? one.text : '')).join(''),
            annotations: annotations.map((one) => `${one.type}: ${one.description ?? ''}`),
          })
        }
      }
    }
    for (const child of suite.suites ?? []) visit(child)
  }
  report.suites.forEach(visit)
  return attempts
}

async function leftovers(cacheDir: string): Promise<string[]> {
  const left: string[] = []
  for (const pid of await readdir('/proc')) {
    if (!/^\d+$/.test(pid)) continue
    const environ = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '')
    if (environ.includes(`ISOLANE_CACHE_DIR=${cacheDir}`) && Number(pid) !== process.pid) {
      const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
      if (command !== '') left.push(command.replaceAll('\0', ' ').trim())
    }
  }
  const runs = await readdir(join(cacheDir, 'runs')).catch(() => [])
  return [...left, ...runs]
}
