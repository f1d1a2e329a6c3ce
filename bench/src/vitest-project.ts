import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'

const repository = fileURLToPath(new URL('../../', import.meta.url))
const isolane = join(repository, 'packages/cli/dist/main.js')
const vitest = join(repository, 'node_modules/vitest/vitest.mjs')

/** A project in a temp directory that Vitest runs. */
export class VitestProject implements AsyncDisposable {
  readonly directory: string
  readonly #cache: string
  readonly #tests: number

  /**
   * @param files name to text.
   * @param tests how many tests they hold: a run that passes fewer is no run to measure.
   */
  static async make(
    files: Readonly<Record<string, string>>,
    tests: number,
  ): Promise<VitestProject> {
    const directory = await mkdtemp(join(tmpdir(), 'isolane-bench-'))
    await symlink(join(repository, 'node_modules'), join(directory, 'node_modules'))
    await writeFile(join(directory, 'package.json'), '{ "type": "module" }')
    for (const [name, text] of Object.entries(files)) await writeFile(join(directory, name), text)
    // Not in the temp directory, which sandboxes cover: layers shall lie where they do for people.
    const cacheParent = process.platform === 'linux' ? '/var/tmp' : tmpdir()
    const cache = await mkdtemp(join(cacheParent, 'isolane-bench-cache-'))
    return new VitestProject(directory, cache, tests)
  }

  private constructor(directory: string, cache: string, tests: number) {
    this.directory = directory
    this.#cache = cache
    this.#tests = tests
  }

  /**
   * Runs all tests once.
   *
   * @returns milliseconds from the start of the command to its end.
   */
  async time(
    args: readonly string[],
    options: {
      /** Arguments of `isolane run` around the command. */
      readonly isolaneRun?: readonly string[]
      /** Arguments of `isolane flake` around the command. */
      readonly isolaneFlake?: readonly string[]
      readonly env?: Readonly<Record<string, string>>
    } = {},
  ): Promise<number> {
    const report = join(this.directory, 'result.json')
    const command = [vitest, 'run', '--reporter=json', `--outputFile=${report}`, ...args]
    const { isolaneRun, isolaneFlake } = options
    const around = [
      ...(isolaneRun === undefined ? [] : [isolane, 'run', ...isolaneRun, '--', process.execPath]),
      ...(isolaneFlake === undefined
        ? []
        : [isolane, 'flake', ...isolaneFlake, '--', process.execPath]),
    ]
    const startedAt = performance.now()
    await execa(process.execPath, [...around, ...command], {
      cwd: this.directory,
      env: { CI: '1', NO_COLOR: '1', ISOLANE_CACHE_DIR: this.#cache, ...options.env },
    })
    const elapsedMs = performance.now() - startedAt
    const { numPassedTests } = JSON.parse(await readFile(report, 'utf8')) as {
      numPassedTests: number
    }
    if (numPassedTests !== this.#tests) {
      throw new Error(`Not the whole suite: ${numPassedTests} of ${this.#tests} tests passed.`)
    }
    return elapsedMs
  }

  /** Runs tests whatever becomes of them, and gives the lines of stderr, each with the time at which it came. */
  async lines(args: readonly string[]): Promise<{ text: string; atMs: number }[]> {
    const child = execa(process.execPath, [vitest, 'run', ...args], {
      cwd: this.directory,
      env: { CI: '1', NO_COLOR: '1', ISOLANE_CACHE_DIR: this.#cache },
      reject: false,
    })
    const lines: { text: string; atMs: number }[] = []
    for await (const text of child.iterable({ from: 'stderr' })) {
      lines.push({ text, atMs: Date.now() })
    }
    await child
    return lines
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.directory, { recursive: true, force: true })
    await rm(this.#cache, { recursive: true, force: true })
  }
}
