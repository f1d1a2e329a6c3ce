// One set-up at a time on one checkout. The lock is a directory (making one is atomic everywhere)
// whose owner touches it every second; it lies outside node_modules, which `npm ci` removes.

import { mkdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import { readJson } from './json.mjs'
import { root } from './paths.mjs'

const heartbeatMs = 1000
const silentAfterMs = 30_000
const announceAfterMs = 1000
const pollMs = 100

/**
 * Runs an action while no other set-up of this checkout runs, after waiting for one that does.
 *
 * @template T
 * @param {() => Promise<T>} action
 * @param {string} [lock] the lock's directory
 * @returns {Promise<T>}
 */
export async function withLock(action, lock = join(root, '.isolane', 'setup.lock')) {
  mkdirSync(join(lock, '..'), { recursive: true })
  const startedAt = Date.now()
  let announced = false
  while (!tryToMake(lock)) {
    if (ownerIsGone(lock)) {
      removeAbandoned(lock)
      continue
    }
    if (!announced && Date.now() - startedAt > announceAfterMs) {
      process.stderr.write('Waiting for the set-up of another command …\n')
      announced = true
    }
    await sleep(pollMs)
  }
  writeFileSync(ownerFile(lock), JSON.stringify({ pid: process.pid, host: hostname() }))
  const release = () => rmSync(lock, { recursive: true, force: true })
  process.once('exit', release)
  const heartbeat = setInterval(() => {
    const now = new Date()
    try {
      utimesSync(lock, now, now)
    } catch {
      // Taken away by hand; there is nothing left to keep alive.
    }
  }, heartbeatMs)
  try {
    return await action()
  } finally {
    clearInterval(heartbeat)
    process.off('exit', release)
    release()
  }
}

/** @param {string} directory */
function tryToMake(directory) {
  try {
    mkdirSync(directory)
    return true
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'EEXIST') return false
    throw error
  }
}

/** @param {string} lock */
function ownerFile(lock) {
  return join(lock, 'owner.json')
}

/** @param {string} lock */
function ownerIsGone(lock) {
  try {
    if (Date.now() - statSync(lock).mtimeMs > silentAfterMs) return true
    /** @type {{ pid: number, host: string }} */
    const owner = readJson(ownerFile(lock))
    return owner.host === hostname() && !isAlive(owner.pid)
  } catch {
    // Released, or made and not yet signed: look again.
    return false
  }
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM'
  }
}

/**
 * Removes the lock of a dead owner under a second lock: of two that saw the dead owner, the slower
 * one would otherwise remove what the faster one has just made.
 *
 * @param {string} lock
 */
function removeAbandoned(lock) {
  const breaking = `${lock}.breaking`
  if (!tryToMake(breaking)) {
    const age = ageMs(breaking)
    if (age !== undefined && age > silentAfterMs) rmSync(breaking, { recursive: true, force: true })
    return
  }
  try {
    if (ownerIsGone(lock)) rmSync(lock, { recursive: true, force: true })
  } finally {
    rmSync(breaking, { recursive: true, force: true })
  }
}

/** @param {string} path */
function ageMs(path) {
  try {
    return Date.now() - statSync(path).mtimeMs
  } catch {
    return undefined
  }
}
