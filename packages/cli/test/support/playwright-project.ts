import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runProject } from './run-project.ts'
import type { Ended, RunProject } from './run-project.ts'

const cli = fileURLToPath(
  new URL('../../../../node_modules/@playwright/test/cli.js', import.meta.url),
)

/** A Playwright project with a server over a database, as people write them. */
export interface PlaywrightProject extends RunProject {
  remove(...names: readonly string[]): Promise<void>
  /** Playwright as it is. */
  outside(...args: readonly string[]): Promise<Ended>
  /** `isolane run <options> -- playwright test <args>`. */
  inside(options: readonly string[], ...args: readonly string[]): Promise<Ended>
}

/** The config of a project; `more` is further properties, as text. */
export const config = (more: string): string => `
  import { defineConfig } from '@playwright/test'

  const executablePath = process.env.TEST_BROWSER
  const args = ['--no-sandbox', '--disable-background-networking']
  export default defineConfig({
    testDir: 'specs',
    timeout: 60_000,
    expect: { timeout: 30_000 },
    use: {
      baseURL: 'http://127.0.0.1:3123',
      launchOptions: executablePath ? { executablePath, args } : { args },
    },
    ${more}
  })
`

/** A server on a fixed port, over a database in the project that it finds by a relative path. */
const server = `
  import { createServer } from 'node:http'
  import { DatabaseSync } from 'node:sqlite'

  const db = new DatabaseSync('app.db')
  db.exec('create table if not exists notes (text text not null)')
  console.log('serving')
  createServer(async (request, response) => {
    let text = ''
    for await (const chunk of request) text += chunk
    if (request.method === 'POST') db.prepare('insert into notes values (?)').run(text)
    const notes = db.prepare('select text from notes').all().map((row) => row.text)
    response.setHeader('content-type', 'text/html').end('<title>' + notes.join() + '</title>')
  }).listen(3123, '127.0.0.1')
`

/** Makes a project from inline files, in which `port` stands for 3123. */
export async function playwrightProject(
  files: Readonly<Record<string, string>>,
  port = 3123,
): Promise<PlaywrightProject> {
  const all = Object.entries({ 'server.js': server, ...files })
  const it = await runProject(
    Object.fromEntries(all.map(([name, text]) => [name, text.replaceAll('3123', String(port))])),
  )
  const env = {
    PLAYWRIGHT_HTML_OPEN: 'never',
    NODE_NO_WARNINGS: '1',
    ...(browser === undefined ? {} : { TEST_BROWSER: browser }),
  }
  const command = [process.execPath, cli, 'test']
  return {
    ...it,
    remove: async (...names) => {
      for (const name of names) await rm(join(it.dir, name), { recursive: true, force: true })
    },
    outside: async (...args) => await it.plain([...command, ...args], env),
    inside: async (options, ...args) =>
      await it.start(it.words(...options, '--', ...command, ...args), env).ended,
  }
}

/** The browser that setup found, or one of the machine's; undefined for Playwright's own. */
const browser =
  process.env['ISOLANE_BROWSER'] ||
  (process.env['PATH'] ?? '')
    .split(delimiter)
    .flatMap((dir) =>
      ['chromium', 'chromium-browser', 'google-chrome'].map((name) => join(dir, name)),
    )
    .find((path) => existsSync(path))
