import { mkdtemp, mkdir, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { flake, recordRun } from '@isolane/flake'
import type { FlakeOptions, FlakeResult, RecordOptions, RecordResult } from '@isolane/flake'

const repository = fileURLToPath(new URL('../../..', import.meta.url))
const modules = join(repository, 'node_modules')

/** Vitest as a command that needs nothing on the PATH. */
export const vitest = [process.execPath, join(modules, 'vitest', 'vitest.mjs')]

/** An earlier Vitest: its modules, and a command that needs nothing on the PATH. */
export function earlierVitest(version: '4.1' | '5.0'): { modules: string; vitest: string[] } {
  const own = join(repository, 'runners', `vitest-${version}`, 'node_modules')
  return { modules: own, vitest: [process.execPath, join(own, 'vitest', 'vitest.mjs')] }
}

/** Jest as a command that needs nothing on the PATH. */
export const jest = [process.execPath, join(modules, 'jest', 'bin', 'jest.js')]

/** Playwright Test as a command that needs nothing on the PATH. */
export const playwright = [process.execPath, join(modules, '@playwright', 'test', 'cli.js')]

/** A project in a temp directory, with a directory beside it for what its tests remember. */
export interface Project extends AsyncDisposable {
  readonly dir: string
  readonly memory: string
  /** Runs `flake` in it. */
  flake(options: FlakeOptions): Promise<FlakeResult>
  /** Runs `recordRun` in it. */
  record(options: RecordOptions): Promise<RecordResult>
}

/**
 * Writes the files (`MEMORY` in them becomes the directory of memories) and links modules.
 *
 * @param from where the modules are; default: those of the repository.
 */
export async function makeProject(
  files: Readonly<Record<string, string>>,
  from = modules,
): Promise<Project> {
  const home = await mkdtemp(join(tmpdir(), 'isolane-flake-'))
  const dir = join(home, 'project')
  const memory = join(home, 'memory')
  await mkdir(dir, { recursive: true })
  await mkdir(memory)
  await symlink(from, join(dir, 'node_modules'), 'dir')
  await writeFile(join(dir, 'package.json'), '{ "type": "module" }')
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(dir, name)), { recursive: true })
    await writeFile(join(dir, name), content.replaceAll('MEMORY', memory))
  }
  return {
    dir,
    memory,
    flake: (options) => {
      forgetOuterRunner()
      return flake({ cwd: dir, budgetMs: 600_000, ...options })
    },
    record: (options) => {
      forgetOuterRunner()
      return recordRun({ cwd: dir, ...options })
    },
    [Symbol.asyncDispose]: () => rm(home, { recursive: true, force: true }),
  }
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((settle) => server.listen(0, '127.0.0.1', settle))
  const address = server.address()
  await new Promise((settle) => server.close(settle))
  return typeof address === 'object' && address !== null ? address.port : 0
}

// The runner under test must not take itself for a part of the one that runs this test.
function forgetOuterRunner(): void {
  for (const name of Object.keys(process.env)) {
    if (
      /^(VITEST|TEST$|NODE_TEST_CONTEXT$|NODE_ENV$|GITHUB_STEP_SUMMARY$|FORCE_COLOR$|NO_COLOR$|NODE_COMPILE_CACHE$|NODE_DISABLE_COMPILE_CACHE$)/.test(
        name,
      )
    ) {
      delete process.env[name]
    }
  }
}
