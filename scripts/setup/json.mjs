import { readFileSync } from 'node:fs'

/**
 * Reads a JSON file.
 *
 * @template [Content=Record<string, unknown>]
 * @param {string} file
 * @returns {Content}
 */
export function readJson(file) {
  return /** @type {Content} */ (JSON.parse(readFileSync(file, 'utf8')))
}
