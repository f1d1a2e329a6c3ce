import { spawn } from 'node:child_process'
import { once } from 'node:events'
import net from 'node:net'
import { text } from 'node:stream/consumers'
import { Sandboxes, sandboxSettings } from '@isolane/sandbox'
import { expect, onTestFinished, test } from 'vitest'
import { listening, tempDirectory } from './support/sandbox.ts'

/** Says that it runs, then asks the port that it reads from its input. */
const asker = `
  process.stdin.setEncoding('utf8').once('data', (port) => {
    net.connect(Number(port), '127.0.0.1')
      .on('error', ({ code }) => process.stdout.write(code, () => process.exit()))
      .on('data', (answer) => process.stdout.write(answer, () => process.exit()))
  })
  process.stderr.write('runs')
`

async function running(sandboxes: Sandboxes): Promise<{ ask(port: number): Promise<string> }> {
  const sandbox = sandboxes.enter({ cwd: sandboxes.root })
  const [command, ...prefix] = sandbox.prefix
  const child = spawn(command, [...prefix, process.execPath, '-e', asker], {
    env: { ...process.env, ...sandbox.env },
  })
  await once(child.stderr, 'data')
  return {
    async ask(port) {
      child.stdin.end(String(port))
      const [answer] = await Promise.all([text(child.stdout), once(child, 'close')])
      expect(sandbox.end().ports).toEqual([])
      return answer
    },
  }
}

function open(later: boolean): Sandboxes {
  const settings = sandboxSettings(true)
  const sandboxes = Sandboxes.open({ root: tempDirectory(), settings, later })
  onTestFinished(() => sandboxes.close())
  return sandboxes
}

const server = (): net.Server => net.createServer((socket) => socket.end('here'))

test('sandboxes that run already reach what listens later, once they are told', async () => {
  const sandboxes = open(true)
  await listening(server(), { host: '127.0.0.1' })
  const [one, two] = [await running(sandboxes), await running(sandboxes)]
  const ports = [
    await listening(server(), { host: '127.0.0.1' }),
    await listening(server(), { host: '127.0.0.1' }),
  ]
  await sandboxes.update()
  expect(await one.ask(ports[0] ?? 0)).toBe('here')
  // One that ended is no reason to wait.
  const third = await listening(server(), { host: '127.0.0.1' })
  await sandboxes.update()
  expect(await two.ask(third)).toBe('here')
})

test('without `later` they reach what listened when they began', async () => {
  const sandboxes = open(false)
  const one = await running(sandboxes)
  const port = await listening(server(), { host: '127.0.0.1' })
  await sandboxes.update()
  expect(await one.ask(port)).toBe('ECONNREFUSED')
})
