import net from 'node:net'

/** How long a server that has accepted a request may take to answer it before it is asked again, in ms. */
const REQUEST_LIMIT_MS = 30_000

/**
 * Tells whether a server answers, by the rules of Playwright's `webServer.url`: a status from 200 to 403, and for a
 * root that is not there, the same of /index.html.
 */
export async function httpAnswers(url: string, ignoreHTTPSErrors: boolean): Promise<boolean> {
  let status = await statusOf(new URL(url), ignoreHTTPSErrors)
  if (status === 404 && new URL(url).pathname === '/') {
    status = await statusOf(new URL('/index.html', url), ignoreHTTPSErrors)
  }
  return status >= 200 && status < 404
}

/** Tells whether something accepts connections on a port of the loopback, by IPv4 or IPv6. */
export async function portAnswers(port: number): Promise<boolean> {
  const answers = await Promise.all(['127.0.0.1', '::1'].map((host) => accepts(host, port)))
  return answers.includes(true)
}

async function statusOf(url: URL, ignoreHTTPSErrors: boolean, redirects = 10): Promise<number> {
  const secure = url.protocol === 'https:'
  // Both are slow to load, and a worker waits for this.
  const { request: send } = await (secure ? import('node:https') : import('node:http'))
  const options = {
    headers: { Accept: '*/*' },
    agent: false,
    timeout: REQUEST_LIMIT_MS,
    ...(secure ? { rejectUnauthorized: !ignoreHTTPSErrors } : {}),
  } as const
  return new Promise((resolve) => {
    const request = send(url, options, (response) => {
      const { statusCode = 0, headers } = response
      response.destroy()
      const moved = statusCode >= 300 && statusCode < 400 && headers.location !== undefined
      const target = moved ? URL.parse(headers.location ?? '', url.href) : null
      if (target === null || redirects === 0) resolve(statusCode)
      else resolve(statusOf(target, ignoreHTTPSErrors, redirects - 1))
    })
    request.on('timeout', () => request.destroy())
    request.on('error', () => resolve(0))
    request.end()
  })
}

function accepts(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net
      .connect(port, host)
      .on('error', () => resolve(false))
      .on('connect', () => {
        socket.destroy()
        resolve(true)
      })
  })
}
