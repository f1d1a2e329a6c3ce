import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

const files = {
  'app.mjs': `
    import { writeFileSync } from 'node:fs'
    import { createServer } from 'node:http'
    const { FAILS = 0, HOST = '127.0.0.1', PORT, TEXT = 'ours' } = process.env
    let asked = 0
    createServer((request, response) => {
      asked += 1
      if (request.url.startsWith('/say/')) console.log(request.url.slice(5))
      if (request.url === '/exit') process.exit()
      if (request.url === '/hang') return
      if (request.url === '/alone') endParent()
      response.statusCode = asked > FAILS ? 200 : 500
      response.end(JSON.stringify({ text: TEXT, pid: process.pid, parent: process.ppid, asked }))
    }).listen(Number(PORT), HOST, () => process.send?.('listening'))
    function endParent() {
      const parent = process.ppid
      writeFileSync('alone.pid', String(process.pid))
      process.kill(parent, 'SIGKILL')
      while (process.ppid === parent);
    }`,
  // As npm does: the process that was started is not the one that serves.
  'wrapper.mjs': `
    import { spawn } from 'node:child_process'
    spawn(process.execPath, ['app.mjs'], { stdio: 'inherit', detached: process.env.OWN_SESSION === '1' })
    setInterval(() => {}, 60_000)`,
}

/** What the app answers. */
export interface AppAnswer {
  readonly text: string
  readonly pid: number
  readonly parent: number
  /** How many requests it got. */
  readonly asked: number
}

/**
 * A directory with a little app in it, removed when the test is over. `app.mjs` listens on `PORT` and fails the
 * first `FAILS` requests, and ends its parent when asked for `/alone`, which `alone.pid` tells; `wrapper.mjs` starts it in a process of its own and lives on when it dies.
 */
export function appDirectory(): string {
  const dir = mkdtempSync(join(realpathSync(tmpdir()), 'isolane-app-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true, maxRetries: 10 }))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), text)
  return dir
}

export async function ask(url: string): Promise<AppAnswer> {
  const response = await fetch(url, { headers: { connection: 'close' } })
  return (await response.json()) as AppAnswer
}
