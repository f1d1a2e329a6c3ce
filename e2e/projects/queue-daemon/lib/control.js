import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { pidFile, socketPath } from './paths.js'

const printd = fileURLToPath(new URL('../bin/printd.js', import.meta.url))

/** Starts the daemon and waits until it listens. Gives its pid. */
export async function start() {
  const running = await status()
  if (running !== undefined) throw new Error(`printd runs already (${running})`)
  const intermediate = spawn(process.execPath, [printd, 'detach'], { detached: true })
  await once(intermediate, 'exit')
  for (let wait = 0; wait < 1500; wait++) {
    const pid = await status()
    if (pid !== undefined) return pid
    await setTimeout(20)
  }
  throw new Error('printd did not start within 30 seconds')
}

/** Stops the daemon and waits until it is gone. False when none was running. */
export async function stop() {
  const pid = await status()
  if (pid === undefined) return false
  process.kill(pid)
  while ((await status()) !== undefined) await setTimeout(10)
  return true
}

/** The pid of the daemon, if one answers. */
export async function status() {
  const connection = connect(socketPath)
  try {
    await once(connection, 'connect')
    return Number(readFileSync(pidFile, 'utf8'))
  } catch {
    return undefined
  } finally {
    connection.destroy()
  }
}
