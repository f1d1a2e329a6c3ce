/** A tiny app with sign-in, as the files of an inline project. */
export const app: Readonly<Record<string, string>> = {
  'schema.sql': `
    create table users (id integer primary key, email text not null unique, password text not null);
    create table sessions (token text primary key, email text not null);
    create table notes (id integer primary key, text text not null);
  `,
  'server.ts': `
    import Database from 'better-sqlite3'
    import { randomBytes } from 'node:crypto'
    import { createServer } from 'node:http'
    import { fileURLToPath } from 'node:url'

    const db = new Database(fileURLToPath(process.env.DATABASE_URL!))
    const page = (body: string) => '<!doctype html><html lang="en"><title>App</title><body>' + body + '</body></html>'
    const pages: Record<string, string> = {
      '/healthz': 'ok',
      '/login': '<form method="post"><input name="email"><input name="password" type="password"><button>Sign in</button></form>',
      '/console': '<h1>Console</h1><script>console.error("chart failed", 42)</script>',
      '/throws': '<h1>Throws</h1><script>setTimeout(() => { null.x }, 0)</script>',
      '/opener': '<h1>Opener</h1><a href="/console" target="_blank" rel="opener">open</a>',
    }
    createServer(async (request, response) => {
      const { pathname } = new URL(request.url!, 'http://localhost')
      console.log(request.method + ' ' + pathname)
      const token = /session=([a-f0-9]+)/.exec(request.headers.cookie ?? '')?.[1]
      const user = token && db.prepare('select email from sessions where token = ?').pluck().get(token)
      const send = (status: number, body: string, headers = {}) =>
        response.writeHead(status, { 'content-type': 'text/html', ...headers }).end(page(body))
      let text = ''
      for await (const chunk of request) text += chunk
      const form = new URLSearchParams(text)
      if (request.method === 'POST' && pathname === '/login') {
        const { email, password } = Object.fromEntries(form)
        console.log('password ' + password)
        const found = db.prepare('select 1 from users where email = ? and password = ?').get(email, password)
        if (!found) return send(401, 'wrong')
        const session = randomBytes(16).toString('hex')
        db.prepare('insert into sessions values (?, ?)').run(session, email)
        return send(303, '', { location: '/', 'set-cookie': 'session=' + session + '; path=/' })
      }
      if (pathname === '/logout') {
        db.prepare('delete from sessions where token = ?').run(token)
        return send(200, 'signed out')
      }
      if (request.method === 'POST' && pathname === '/notes') {
        db.prepare('insert into notes (text) values (?)').run(form.get('text'))
        return send(201, 'written')
      }
      if (pathname === '/forbidden') return send(403, '<h1>Forbidden</h1>')
      if (pages[pathname] !== undefined) return send(200, pages[pathname])
      const notes = db.prepare('select text from notes order by id').pluck().all()
      send(200, '<h1>' + (user ?? 'nobody') + '</h1><p>' + notes.join(',') + '</p>')
    }).listen(Number(process.env.PORT), '127.0.0.1')
  `,
  'lanes.ts': `
    import { accounts, defineLanes, port, server, sqlite } from '@isolane/core'

    const create = ({ database }, { email, password }) => {
      database.open().prepare('insert into users (email, password) values (?, ?)').run(email, password)
    }
    export const lanes = defineLanes({
      database: sqlite({ schema: 'schema.sql' }),
      port: port(),
      app: server({ command: 'node server.ts', ready: '/healthz' }),
      accounts: accounts({ roles: { admin: { create }, instructor: { create } } }),
    })
  `,
  'test.ts': `
    import { laneTest } from '@isolane/playwright'
    import { lanes } from './lanes.ts'

    export { expect } from '@playwright/test'
    export const test = laneTest(lanes, {
      signIn: async (page, account) => {
        await page.goto('/login')
        await page.fill('[name=email]', account.email)
        await page.fill('[name=password]', account.password)
        await page.click('button')
        await page.waitForURL('/')
      },
    })
  `,
}
