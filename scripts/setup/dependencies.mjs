import { createHash } from 'node:crypto'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { readJson } from './json.mjs'
import { bin, root } from './paths.mjs'
import { SetupError, step } from './report.mjs'
import { run, excerpt } from './run.mjs'
import { readStamp, removeStamp, writeStamp } from './stamp.mjs'

/** The oldest Node on which the packages, their scripts and better-sqlite3 run. */
const oldestNode = [22, 18]

const lockFile = join(root, 'package-lock.json')
const installedLockFile = join(root, 'node_modules', '.package-lock.json')

/** True when node_modules holds what package-lock.json asks for, on this platform. */
export function dependenciesAreFresh() {
  return readStamp('dependencies')?.fingerprint === fingerprint()
}

/** Installs what package-lock.json names and makes sure that a suitable Node is there. */
export async function installDependencies() {
  removeStamp('dependencies')
  if (!isInstalled()) {
    await step('Installing dependencies', async () => {
      const command = lockNamesEveryPlatform() ? ['ci'] : ['install', '--no-save']
      rmSync(join(root, 'node_modules'), { recursive: true, force: true })
      // One script is needed: the one that fetches Node. From a lock file npm would also compile better-sqlite3, which
      // has a binding.gyp and says `gypfile: false` where npm does not look; its prebuilt binary is there already.
      await npm([...command, '--ignore-scripts', '--no-audit', '--no-fund'])
      await npm(['rebuild', 'node', '--ignore-scripts=false'])
    })
  }
  await verifyNode()
  writeStamp('dependencies', { fingerprint: fingerprint() })
}

/** @param {string[]} command */
async function npm(command) {
  const result = await run('npm', [...command, '--loglevel=error'])
  if (result.code === 0) return
  throw new SetupError(
    `npm ${command[0]} failed with exit code ${result.code}:\n${excerpt(result)}\n` +
      'Hint: npm needs its registry (or a filled cache) for this one step; check the network and run the command again.',
  )
}

function fingerprint() {
  return createHash('sha256')
    .update(`${process.platform} ${process.arch}\n`)
    .update(readFileSync(lockFile))
    .digest('hex')
}

// Somebody may have run `npm ci` or `npm install` by hand: npm's own list then already names every
// locked package with its version, and nothing has to be installed again.
function isInstalled() {
  if (!existsSync(installedLockFile)) return false
  /** @typedef {{ version?: string, integrity?: string, optional?: boolean, link?: boolean }} Entry */
  /** @type {{ packages: Record<string, Entry> }} */
  const { packages: wanted } = readJson(lockFile)
  /** @type {{ packages: Record<string, Entry> }} */
  const { packages: installed } = readJson(installedLockFile)
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === '' || !path.includes('node_modules/')) return true
    const found = installed[path]
    if (found === undefined) return entry.optional === true
    if (entry.link === true) return found.link === true && existsSync(join(root, path))
    return found.version === entry.version && existsSync(join(root, path, 'package.json'))
  })
}

// A registry that carries the binaries of some platforms only leaves the others out of the lock file,
// and `npm ci` refuses such a file. `npm install` takes the locked versions and adds what is missing.
function lockNamesEveryPlatform() {
  /** @type {{ packages: Record<string, { optionalDependencies?: Record<string, string> }> }} */
  const { packages } = readJson(lockFile)
  return Object.entries(packages).every(([path, entry]) =>
    Object.keys(entry.optionalDependencies ?? {}).every(
      (name) => `node_modules/${name}` in packages || `${path}/node_modules/${name}` in packages,
    ),
  )
}

async function verifyNode() {
  const own = join(bin, process.platform === 'win32' ? 'node.cmd' : 'node')
  if (existsSync(own)) {
    const result = await run('node', ['--version'])
    if (result.code === 0 && isRecent(result.output.trim().replace(/^v/, ''))) return
  }
  if (isRecent(process.versions.node)) return
  throw new SetupError(
    `Node ${process.versions.node} cannot run Isolane, and the Node of the dependency \`node\` is not there: ` +
      'its binary is fetched by an install script, which did not run.\n' +
      `Hint: run \`npm rebuild node\` (without ignore-scripts), or use Node >= ${oldestNode.join('.')}.`,
  )
}

/** @param {string} version */
function isRecent(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const [oldestMajor = 0, oldestMinor = 0] = oldestNode
  return major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)
}
