import { createHash } from 'node:crypto'
import { chmodSync, existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { readJson } from './json.mjs'
import { bin, root } from './paths.mjs'
import { SetupError, step } from './report.mjs'
import { run, excerpt } from './run.mjs'
import { readStamp, removeStamp, writeStamp } from './stamp.mjs'

/** True when every package is built from the sources that are there now. */
export function buildIsFresh() {
  const packages = findPackages()
  return (
    readStamp('build')?.fingerprint === fingerprint(packages) &&
    packages.every(hasDist) &&
    commandsAreLinked(packages)
  )
}

/** Builds all packages; turbo leaves out what has not changed. */
export async function runBuild() {
  const packages = findPackages()
  const before = fingerprint(packages)
  if (readStamp('build')?.fingerprint !== before || !packages.every(hasDist)) {
    removeStamp('build')
    await step('Building packages', async () => {
      const result = await run('npm', ['run', '--silent', 'build'], {
        env: { TURBO_TELEMETRY_DISABLED: '1', TURBO_NO_UPDATE_NOTIFIER: '1' },
      })
      if (result.code !== 0) {
        throw new SetupError(`The build failed:\n${excerpt(result)}`)
      }
    })
    writeStamp('build', { fingerprint: before })
  }
  if (!commandsAreLinked(packages)) await linkCommands(packages)
}

/** @param {readonly string[]} packages */
async function linkCommands(packages) {
  // Neither tsc nor turbo's cache makes a file executable.
  for (const path of packages) {
    for (const file of Object.values(readCommands(path))) chmodSync(join(path, file), 0o755)
  }
  if (commandsAreLinked(packages)) return
  // npm leaves out a command whose file is not there yet, as it is before the first build.
  const names = packages
    .filter((path) => Object.keys(readCommands(path)).length > 0)
    .map((path) => readManifest(path).name)
  const result = await run('npm', ['rebuild', '--ignore-scripts', '--loglevel=error', ...names])
  if (result.code !== 0 || !commandsAreLinked(packages)) {
    throw new SetupError(
      `npm could not link the command of ${names.join(', ')}:\n${excerpt(result)}`,
    )
  }
}

/** @param {string} path */
function hasDist(path) {
  return existsSync(join(path, 'dist'))
}

function findPackages() {
  const folder = join(root, 'packages')
  return readdirSync(folder)
    .sort()
    .map((name) => join(folder, name))
    .filter((path) => existsSync(join(path, 'package.json')))
}

/** @param {readonly string[]} packages */
function fingerprint(packages) {
  const hash = createHash('sha256')
  for (const file of [
    ...['tsconfig.base.json', 'tsconfig.json', 'turbo.json'].map((name) => join(root, name)),
    ...packages.flatMap((path) => [
      join(path, 'package.json'),
      join(path, 'tsconfig.json'),
      ...listFiles(join(path, 'src')),
    ]),
  ]) {
    const stats = statSync(file, { throwIfNoEntry: false })
    hash.update(`${file}\0${stats?.size}\0${stats?.mtimeMs}\n`)
  }
  return hash.digest('hex')
}

/**
 * @param {string} folder
 * @returns {string[]}
 */
function listFiles(folder) {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name)
      return entry.isDirectory() ? listFiles(path) : [path]
    })
}

/** @param {readonly string[]} packages */
function commandsAreLinked(packages) {
  const windows = process.platform === 'win32'
  return packages
    .flatMap((path) => Object.keys(readCommands(path)))
    .every((name) => {
      const stats = statSync(join(bin, windows ? `${name}.cmd` : name), { throwIfNoEntry: false })
      return stats !== undefined && (windows || (stats.mode & 0o100) !== 0)
    })
}

/**
 * @param {string} path
 * @returns {Record<string, string>}
 */
function readCommands(path) {
  const { name, bin: commands = {} } = readManifest(path)
  return typeof commands === 'string' ? { [name]: commands } : commands
}

/**
 * @param {string} path
 * @returns {{ name: string, bin?: string | Record<string, string> }}
 */
function readManifest(path) {
  return readJson(join(path, 'package.json'))
}
