import type { Server } from 'node:http'
import { afterAll, beforeAll } from 'vitest'
import { startServer } from '../src/server.ts'

export const base = 'http://localhost:3000'

/** Starts the app before the tests of a file, and stops it after them. */
export function useApp(): void {
  let server: Server | undefined

  beforeAll(async () => {
    server = await startServer()
  })

  afterAll(() => {
    server?.close()
    server?.closeAllConnections()
  })
}

/** Calls the API, signed in as Ada unless another token is given. */
export async function call(
  method: string,
  path: string,
  body?: unknown,
  token = 'token-ada',
): Promise<Response> {
  return await fetch(`${base}${path}`, {
    method,
    redirect: 'manual',
    headers: { authorization: `Bearer ${token}` },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
}
