// Brings a checkout to the state in which everything runs: dependencies, build, browser. Then runs the script named by
// its first argument, if any, on the repository's own Node.
// Runs on Node 20 with built-ins only, because it is what installs everything else.

import process from 'node:process'
import { browserIsReady, findBrowser } from './setup/browser.mjs'
import { buildIsFresh, runBuild } from './setup/build.mjs'
import { dependenciesAreFresh, installDependencies } from './setup/dependencies.mjs'
import { handOver } from './setup/hand-over.mjs'
import { withLock } from './setup/lock.mjs'
import { SetupError } from './setup/report.mjs'

function isReady() {
  return dependenciesAreFresh() && buildIsFresh() && browserIsReady()
}

async function setUp() {
  if (!dependenciesAreFresh()) await installDependencies()
  if (!buildIsFresh()) await runBuild()
  if (!browserIsReady()) await findBrowser()
}

try {
  // The lock is taken only when there is work, and then everything is looked at again, since
  // another command may have done it in the meantime.
  if (!isReady()) await withLock(setUp)
  const [script, ...args] = process.argv.slice(2)
  if (script !== undefined) process.exitCode = await handOver(script, args)
} catch (error) {
  if (!(error instanceof SetupError)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = error.exitCode
}
