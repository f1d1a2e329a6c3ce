import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join, resolve } from 'node:path'
import process from 'node:process'
import { bin, root } from './paths.mjs'

/**
 * Runs a script on the repository's own Node and gives its exit code. An npm script cannot say
 * `node setup.mjs && node script.ts` for this: a shell remembers where it found the first `node`, and set-up is what
 * puts another one in its place.
 *
 * @param {string} script
 * @param {readonly string[]} args
 * @returns {Promise<number>}
 */
export async function handOver(script, args) {
  const own = join(
    root,
    'node_modules/node/bin',
    process.platform === 'win32' ? 'node.exe' : 'node',
  )
  const child = spawn(existsSync(own) ? own : process.execPath, [resolve(root, script), ...args], {
    env: { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH ?? ''}` },
    stdio: 'inherit',
  })
  // Ctrl-C reaches the script itself, which belongs to the terminal's group too: wait for it. Other signals come to
  // this process alone.
  const wait = () => {}
  /** @param {NodeJS.Signals} signal */
  const pass = (signal) => child.kill(signal)
  process.on('SIGINT', wait)
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, pass)
  return await new Promise((done, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => done(code ?? (signal === 'SIGINT' ? 130 : 143)))
  })
}
