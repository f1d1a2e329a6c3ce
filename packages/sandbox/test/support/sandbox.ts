import { spawn } from 'node:child_process'
import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import type net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Sandboxes, sandboxSettings } from '@isolane/sandbox'
import type { EnterOptions, Footprint, SandboxOptions } from '@isolane/sandbox'
import { onTestFinished } from 'vitest'

/** What a command in a sandbox did. */
export interface Outcome {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
  readonly footprint: Footprint
}

/** A directory of the test's own. */
export function tempDirectory(): string {
  const directory = mkdtempSync(join(realpathSync(tmpdir()), 'isolane-test-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true, maxRetries: 10 }))
  return directory
}

/** Sandboxes for a project of the test's own, closed when the test is over. */
export function openSandboxes(
  options: boolean | SandboxOptions = true,
  messages: string[] = [],
): Sandboxes {
  const sandboxes = Sandboxes.open({
    root: tempDirectory(),
    settings: sandboxSettings(options),
    onMessage: (message) => messages.push(message),
  })
  onTestFinished(() => sandboxes.close())
  return sandboxes
}

/** Runs a module for Node.js in a sandbox, with the preload of workers. */
export function runInside(
  sandboxes: Sandboxes,
  code: string,
  options: EnterOptions = {},
): Promise<Outcome> {
  const sandbox = sandboxes.enter({ cwd: sandboxes.root, ...options })
  const preload = new URL('../../dist/child/preload.cjs', import.meta.url).pathname
  const [command, ...prefix] = sandbox.prefix
  const node = [process.execPath, '--require', preload, '--input-type=module', '-e', code]
  const child = spawn(command, [...prefix, ...node], {
    env: { ...process.env, ...sandbox.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (status) => resolve({ status, stdout, stderr, footprint: sandbox.end() }))
  })
}

/** Listens until the test is over; gives the port of a TCP server. */
export async function listening(
  server: net.Server,
  where: { host: string; port?: number } | { path: string },
): Promise<number> {
  const sockets = new Set<net.Socket>()
  server.on('connection', (socket: net.Socket) => sockets.add(socket))
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen('path' in where ? where : { port: 0, ...where }, resolve)
  })
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
  })
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}
