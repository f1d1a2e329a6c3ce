#!/usr/bin/env node
import { start, status, stop } from '../lib/control.js'
import { serve } from '../lib/daemon.js'

const [command] = process.argv.slice(2)

switch (command) {
  case 'start':
    console.log(`printd started (${await start()})`)
    break
  case 'stop':
    console.log((await stop()) ? 'printd stopped' : 'printd was not running')
    break
  case 'status': {
    const pid = await status()
    console.log(pid === undefined ? 'printd is not running' : `printd runs (${pid})`)
    break
  }
  case 'detach': {
    // The second fork: this process ends at once, so the daemon belongs to nobody.
    const { spawn } = await import('node:child_process')
    spawn(process.execPath, [import.meta.filename, 'serve'], {
      detached: true,
      stdio: 'ignore',
      cwd: '/',
    }).unref()
    break
  }
  case 'serve':
    await serve()
    break
  default:
    console.error('Usage: printd start | stop | status')
    process.exitCode = 2
}
