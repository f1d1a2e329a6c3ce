import { createServer } from 'node:http'
import type { IncomingMessage, Server } from 'node:http'
import { once } from 'node:events'
import { json } from 'node:stream/consumers'
import { LinkError, Links } from './links.ts'
import { RateLimit } from './rate-limit.ts'

const port = 3000
const tokens: Readonly<Record<string, string>> = { 'token-ada': 'ada', 'token-grace': 'grace' }

interface Answer {
  readonly status: number
  readonly body?: unknown
  readonly location?: string
}

export async function startServer(): Promise<Server> {
  const links = new Links()
  const limit = new RateLimit(20, 60_000)
  const server = createServer(async (request, response) => {
    const { status, body, location } = await answer(request, links, limit)
    response.statusCode = status
    if (location !== undefined) response.setHeader('location', location)
    response.setHeader('content-type', 'application/json')
    response.end(body === undefined ? '' : JSON.stringify(body))
  })
  server.listen(port)
  await once(server, 'listening')
  return server
}

async function answer(request: IncomingMessage, links: Links, limit: RateLimit): Promise<Answer> {
  const path = new URL(request.url ?? '/', 'http://localhost').pathname
  try {
    if (path === '/health') return { status: 200, body: { status: 'up' } }
    if (path.startsWith('/api/')) return await api(request, path, links, limit)
    const link = links.find(path.slice(1))
    if (link === undefined) return { status: 404, body: { error: 'not found' } }
    link.clicks += 1
    return { status: 302, location: link.target }
  } catch (error) {
    if (error instanceof LinkError) return { status: error.status, body: { error: error.message } }
    if (error instanceof SyntaxError) return { status: 400, body: { error: 'not JSON' } }
    return { status: 500, body: { error: String(error) } }
  }
}

async function api(
  request: IncomingMessage,
  path: string,
  links: Links,
  limit: RateLimit,
): Promise<Answer> {
  const owner = tokens[request.headers.authorization?.replace('Bearer ', '') ?? '']
  if (owner === undefined) return { status: 401, body: { error: 'sign in first' } }
  if (!limit.allows(owner)) return { status: 429, body: { error: 'slow down' } }
  const code = path.slice('/api/links/'.length)
  if (request.method === 'POST' && path === '/api/links') {
    const input = (await json(request)) as { target?: string; code?: string; ttl?: number }
    return { status: 201, body: links.create({ ...input, owner }) }
  }
  if (request.method === 'GET' && path === '/api/links') {
    return { status: 200, body: links.ownedBy(owner) }
  }
  if (request.method === 'DELETE' && code !== '') {
    links.remove(code, owner)
    return { status: 204 }
  }
  return { status: 404, body: { error: 'not found' } }
}
