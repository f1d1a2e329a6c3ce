import type { ServerType } from '@hono/node-server'
import { serve } from '@hono/node-server'
import { unitLanes } from '../../lanes.ts'
import { createApp } from '../../src/app.ts'
import type { Database } from '../../src/database.ts'
import { createMailer } from '../../src/mail/create-mailer.ts'
import { readSwitches } from '../../src/switches.ts'

/** The app, served on this lane's port. */
export interface Site {
  readonly url: string
  readonly database: Database
  /** A visitor with cookies of its own, signed in when an address is given. */
  visitor(email?: string): Promise<Visitor>
  close(): Promise<void>
}

/** Someone who talks to the site. */
export interface Visitor {
  get(path: string): Promise<Response>
  /** Sends JSON. */
  send(method: 'POST' | 'PATCH' | 'DELETE', path: string, body?: unknown): Promise<Response>
  /** Posts a form. Redirects are not followed. */
  submit(path: string, fields: Readonly<Record<string, string>>): Promise<Response>
}

/** Serves the app on the lane's database and `PORT`. */
export async function startSite(): Promise<Site> {
  const lane = unitLanes.current()
  const database = lane.database.open()
  const switches = readSwitches({})
  const app = createApp({
    database,
    switches,
    mailer: createMailer(database, switches, undefined),
  })
  const server = await new Promise<ServerType>((resolve, reject) => {
    const starting = serve(
      { fetch: app.fetch, port: lane.port.number, hostname: '127.0.0.1' },
      () => resolve(starting),
    )
    starting.once('error', reject)
  })
  const url = lane.port.url
  return {
    url,
    database,
    async visitor(email) {
      const visitor = newVisitor(url)
      if (email !== undefined) {
        const answer = await visitor.submit('/sign-in', { email, password: 'correct horse' })
        if (answer.status !== 302) throw new Error(`${email} cannot sign in: ${answer.status}`)
      }
      return visitor
    },
    close() {
      if ('closeAllConnections' in server) server.closeAllConnections()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}

function newVisitor(url: string): Visitor {
  let cookie = ''
  async function request(path: string, init: RequestInit): Promise<Response> {
    const headers = new Headers(init.headers)
    if (cookie !== '') headers.set('cookie', cookie)
    const answer = await fetch(url + path, { ...init, headers, redirect: 'manual' })
    for (const each of answer.headers.getSetCookie()) cookie = each.split(';')[0] ?? ''
    return answer
  }
  return {
    get: (path) => request(path, {}),
    send: (method, path, body) =>
      request(path, {
        method,
        headers: { 'content-type': 'application/json' },
        body: body === undefined ? null : JSON.stringify(body),
      }),
    submit: (path, fields) =>
      request(path, { method: 'POST', body: new URLSearchParams({ ...fields }) }),
  }
}
