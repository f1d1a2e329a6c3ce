import { spawn } from 'node:child_process'
import { delimiter } from 'node:path'
import process from 'node:process'
import { bin, root } from './paths.mjs'
import { SetupError } from './report.mjs'

/** @typedef {{ code: number, output: string }} Result */

/** The signals that end a set-up, with the exit code a shell gives them. */
const signals = /** @type {const} */ ({ SIGINT: 130, SIGTERM: 143, SIGHUP: 129 })

/**
 * Runs a command to its end and returns its exit code with what it printed. A signal that ends the
 * set-up is handed on to the command, and the set-up ends when the command has.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ env?: Record<string, string> }} [options]
 * @returns {Promise<Result>}
 */
export async function run(command, args, options = {}) {
  const windows = process.platform === 'win32'
  const child = spawn(command, args, {
    cwd: root,
    env: { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH ?? ''}`, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    // npm and npx are .cmd files on Windows, which only a shell can start.
    shell: windows,
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8')
    stream.on('data', (/** @type {string} */ chunk) => {
      output += chunk
    })
  }
  /** @type {keyof typeof signals | undefined} */
  let interruptedBy
  /** @param {NodeJS.Signals} signal */
  const interrupt = (signal) => {
    interruptedBy = /** @type {keyof typeof signals} */ (signal)
    child.kill(signal)
  }
  for (const signal of Object.keys(signals)) process.on(signal, interrupt)
  try {
    /** @type {number} */
    const code = await new Promise((resolve) => {
      child.once('error', (error) => {
        output += `${error.message}\n`
        resolve(127)
      })
      child.once('close', (/** @type {number | null} */ exitCode) => resolve(exitCode ?? 1))
    })
    if (interruptedBy !== undefined) {
      throw new SetupError('Set-up interrupted; the next command goes on.', signals[interruptedBy])
    }
    return { code, output }
  } finally {
    for (const signal of Object.keys(signals)) process.off(signal, interrupt)
  }
}

/**
 * What a failed command printed, without the middle when it is long.
 *
 * @param {Result} result
 */
export function excerpt(result) {
  const lines = result.output.trimEnd().split('\n')
  if (lines.length <= 60) return lines.join('\n')
  return [...lines.slice(0, 30), '…', ...lines.slice(-30)].join('\n')
}
