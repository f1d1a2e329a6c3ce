import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { readJson } from './json.mjs'
import { stamps } from './paths.mjs'

/**
 * Reads what a step wrote when it last finished; undefined when it never did.
 *
 * @param {string} name
 * @returns {Record<string, unknown> | undefined}
 */
export function readStamp(name) {
  try {
    return readJson(join(stamps, `${name}.json`))
  } catch {
    return undefined
  }
}

/**
 * Records that a step has finished. Written beside and renamed, so that a reader never sees half.
 *
 * @param {string} name
 * @param {Record<string, unknown>} value
 */
export function writeStamp(name, value) {
  mkdirSync(stamps, { recursive: true })
  const target = join(stamps, `${name}.json`)
  const draft = `${target}.${process.pid}`
  writeFileSync(draft, `${JSON.stringify(value)}\n`)
  renameSync(draft, target)
}

/**
 * Forgets a step before it starts, so that an interrupted one is done again.
 *
 * @param {string} name
 */
export function removeStamp(name) {
  rmSync(join(stamps, `${name}.json`), { force: true })
}
