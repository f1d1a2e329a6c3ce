import process from 'node:process'

/** A failure which the reader can do something about; printed without a stack. */
export class SetupError extends Error {
  /** @type {number} */
  exitCode

  /**
   * @param {string} message
   * @param {number} [exitCode]
   */
  constructor(message, exitCode = 1) {
    super(message)
    this.name = 'SetupError'
    this.exitCode = exitCode
  }
}

/**
 * Prints one line before a step and one with its duration after it.
 *
 * @template T
 * @param {string} doing for example `Installing dependencies`
 * @param {() => Promise<T>} action
 * @returns {Promise<T>}
 */
export async function step(doing, action) {
  const startedAt = Date.now()
  process.stderr.write(`${doing} …\n`)
  const result = await action()
  process.stderr.write(`${doing}: done in ${seconds(Date.now() - startedAt)}\n`)
  return result
}

/** @param {number} ms */
function seconds(ms) {
  return `${(ms / 1000).toFixed(1)} s`
}
