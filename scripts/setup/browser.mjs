import { accessSync, constants, existsSync, statSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import process from 'node:process'
import { SetupError, step } from './report.mjs'
import { run, excerpt } from './run.mjs'
import { readStamp, writeStamp } from './stamp.mjs'

/** @typedef {{ path: string, source: 'path' | 'playwright' }} Browser */

const commands = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']

/** True when the browser that was found is still the one that would be found now. */
export function browserIsReady() {
  const named = process.env.ISOLANE_BROWSER
  if (named) return isExecutable(named) && readStamp('named-browser')?.path === named
  const found = /** @type {Browser | undefined} */ (readStamp('browser'))
  if (found === undefined || !isExecutable(found.path)) return false
  return found.source === 'playwright' || findOnPath().includes(found.path)
}

/**
 * Makes sure of the browser that ISOLANE_BROWSER names; without it finds Chromium or Chrome, or
 * installs Chromium, and records which one the suites are to use.
 */
export async function findBrowser() {
  const named = process.env.ISOLANE_BROWSER
  if (named) {
    await verifyNamed(named)
    writeStamp('named-browser', { path: named })
  } else {
    const browser = (await useFromPath()) ?? (await useOfPlaywright()) ?? (await install())
    writeStamp('browser', browser)
  }
}

/** @param {string} path */
async function verifyNamed(path) {
  if (!isExecutable(path)) {
    throw new SetupError(
      `ISOLANE_BROWSER names ${path}, which is not an executable file.\n` +
        'Hint: set it to the full path of Chromium or Chrome, or unset it to have one found or installed.',
    )
  }
  const trial = await tryVersion(path)
  if (trial.code !== 0) {
    throw new SetupError(
      `The browser that ISOLANE_BROWSER names, ${path}, does not start:\n${excerpt(trial)}\n` +
        'Hint: set it to the full path of a Chromium or Chrome that works here.',
    )
  }
}

/** @returns {Promise<Browser | undefined>} */
async function useFromPath() {
  for (const path of findOnPath()) {
    // On some systems the command is only a hint to install the real thing.
    if ((await tryVersion(path)).code === 0) return { path, source: 'path' }
  }
  return undefined
}

/** @returns {Promise<Browser | undefined>} */
async function useOfPlaywright() {
  const result = await askPlaywright()
  if (result === undefined || (await tryVersion(result)).code !== 0) return undefined
  return { path: result, source: 'playwright' }
}

async function askPlaywright() {
  const result = await run('node', [
    '--input-type=module',
    '--eval',
    "import { chromium } from '@playwright/test'; console.log(chromium.executablePath())",
  ])
  const path = result.output.trim()
  return result.code === 0 && isExecutable(path) ? path : undefined
}

/** @returns {Promise<Browser>} */
async function install() {
  /** @type {string[]} */
  const troubles = []
  return step('Installing Chromium', async () => {
    const withDependencies = isRoot() && process.platform === 'linux' ? ['--with-deps'] : []
    const ways = [['npx', 'playwright', 'install', ...withDependencies, 'chromium']]
    if (isRoot() && existsSync('/usr/bin/apt-get')) {
      ways.push(['apt-get', 'install', '--yes', '--no-install-recommends', 'chromium'])
    }
    for (const [command = '', ...args] of ways) {
      if (command === 'apt-get') await run(command, ['update'])
      const result = await run(command, args, { env: { DEBIAN_FRONTEND: 'noninteractive' } })
      const found = (await useOfPlaywright()) ?? (await useFromPath())
      if (found !== undefined) return found
      troubles.push(
        `${[command, ...args].join(' ')} (exit code ${result.code}):\n${excerpt(result)}`,
      )
    }
    throw new SetupError(
      `No browser found, and none could be installed.\n${troubles.join('\n')}\n` +
        `Looked for ${commands.join(', ')} on the PATH and for the Chromium of Playwright.\n` +
        'Hint: install Chromium or Chrome, or set ISOLANE_BROWSER to the full path of one ' +
        '(libraries missing: `sudo npx playwright install --with-deps chromium`).',
    )
  })
}

function findOnPath() {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '')
  const suffix = process.platform === 'win32' ? '.exe' : ''
  return commands.flatMap((command) =>
    folders.map((folder) => join(folder, command + suffix)).filter(isExecutable),
  )
}

/** @param {string} path */
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}

/** @param {string} path */
function tryVersion(path) {
  // Chrome on Windows opens a window when it is asked for its version.
  if (process.platform === 'win32') return Promise.resolve({ code: 0, output: '' })
  return run(path, ['--version'])
}

function isRoot() {
  return process.getuid?.() === 0
}
