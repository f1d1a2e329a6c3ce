import { randomBytes } from 'node:crypto'
import http from 'node:http'
import net from 'node:net'
import { join } from 'node:path'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { SandboxError } from '@isolane/sandbox'
import { expect, onTestFinished, test } from 'vitest'
import { listening, openSandboxes, runInside, tempDirectory } from './support/sandbox.ts'

/** Sends everything back. */
const echo = (): net.Server =>
  net.createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => undefined)
    socket.pipe(socket)
  })

/** Code that sends `text` and prints the answer, or the code of the error. */
const ask = (where: object, text = 'hello'): string => `
  import net from 'node:net'
  const socket = net.connect({ ...${JSON.stringify(where)}, allowHalfOpen: true })
  socket.on('error', (error) => console.log(error.code))
  socket.setEncoding('utf8').on('data', (text) => process.stdout.write(text))
  socket.end(${JSON.stringify(text)})`

test.each(['127.0.0.1', '0.0.0.0', '::1', '::'])(
  'what this process listens on at %s is reached at the same address inside',
  async (host) => {
    const sandboxes = openSandboxes()
    const port = await listening(echo(), { host })
    const at = host.replace('0.0.0.0', '127.0.0.1').replace(/^::$/, '::1')
    const { stdout, stderr, footprint } = await runInside(sandboxes, ask({ host: at, port }))
    expect({ stdout, stderr }).toEqual({ stdout: 'hello', stderr: '' })
    expect(sandboxes.forwarded).toEqual([
      {
        name: at.includes(':') ? `[${at}]:${port}` : `${at}:${port}`,
        command: expect.stringContaining('node') as string,
        by: 'run',
      },
    ])
    expect(footprint.ports).toEqual([])
  },
)

test('a server on all addresses is reached by IPv4 and by IPv6', async () => {
  const sandboxes = openSandboxes()
  const port = await listening(echo(), { host: '::' })
  for (const host of ['127.0.0.1', '::1', 'localhost']) {
    const { stdout } = await runInside(sandboxes, ask({ host, port }))
    expect(stdout).toBe('hello')
  }
})

test('a server of this process is reached that began to listen when another ceased', async () => {
  const sandboxes = openSandboxes()
  const first = echo().listen(0, '127.0.0.1')
  await once(first, 'listening')
  const { port: before } = first.address() as net.AddressInfo
  expect((await runInside(sandboxes, ask({ host: '127.0.0.1', port: before }))).stdout).toBe(
    'hello',
  )
  await new Promise((resolve) => first.close(resolve))
  const port = await listening(echo(), { host: '127.0.0.1' })
  const { stdout } = await runInside(sandboxes, ask({ host: '127.0.0.1', port }))
  expect(stdout).toBe('hello')
})

/** Sockets of others that end at the same time hide for a second that one of another process has come. */
const later = { timeout: 20_000 }

test('what a child process listens on is reached, by its name', async () => {
  const sandboxes = openSandboxes()
  const script = `net.createServer((s) => s.end('child')).listen(0, '127.0.0.1', function () { console.log(this.address().port) })`
  const child = spawn('sh', ['-c', `${process.execPath} -e "${script}"; true`], { detached: true })
  onTestFinished(() => void process.kill(-(child.pid ?? 0), 'SIGKILL'))
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  const asks = ask({ host: '127.0.0.1', port: Number(line) })
  await expect.poll(async () => (await runInside(sandboxes, asks)).stdout, later).toBe('child')
  expect(sandboxes.forwarded.map(({ name }) => name)).toEqual([`127.0.0.1:${Number(line)}`])
})

test('a daemon that has let go of this process is reached', async () => {
  const sandboxes = openSandboxes()
  const script = `net.createServer((s) => s.end('daemon')).listen(0, '127.0.0.1', function () { console.log(process.pid, this.address().port) })`
  const starter = spawn('setsid', ['sh', '-c', `${process.execPath} -e "${script}" & exit`])
  const [line] = (await once(starter.stdout, 'data')) as [Buffer]
  const [pid, port] = String(line).split(' ').map(Number)
  onTestFinished(() => void process.kill(pid ?? 0, 'SIGKILL'))
  const asks = ask({ host: '127.0.0.1', port })
  await expect.poll(async () => (await runInside(sandboxes, asks)).stdout, later).toBe('daemon')
})

test('a named service is reached although others run it; two names for it do no harm', async () => {
  // The sandbox takes only its own process tree for the run: this server belongs to it, and is named as well.
  const port = await listening(echo(), { host: '127.0.0.1' })
  const forward = [String(port), `127.0.0.1:${port}`, `localhost:${port}`]
  const sandboxes = openSandboxes({ network: { forward } })
  const { stdout } = await runInside(sandboxes, ask({ host: '127.0.0.1', port }))
  expect(stdout).toBe('hello')
  expect(sandboxes.forwarded).toEqual([{ name: `127.0.0.1:${port}`, command: '', by: 'option' }])
})

test('a service that is not there breaks the connection, and is told of once', async () => {
  const messages: string[] = []
  const server = echo()
  const port = await listening(server, { host: '127.0.0.1' })
  await new Promise((resolve) => server.close(resolve))
  const sandboxes = openSandboxes({ network: { forward: [`127.0.0.1:${port}`] } }, messages)
  const code = `
    import net from 'node:net'
    const codes = Array.from({ length: 200 }, () => new Promise((resolve) => {
      net.connect({ host: '127.0.0.1', port: ${port} }).on('error', ({ code }) => resolve(code)).on('end', () => resolve('end')).end('hello')
    }))
    console.log([...new Set(await Promise.all(codes))].join())`
  expect((await runInside(sandboxes, code)).stdout).toBe('ECONNRESET\n')
  expect(messages).toEqual([
    `127.0.0.1:${port} is let through to sandboxes, but refused a connection: connect ECONNREFUSED 127.0.0.1:${port}`,
  ])
})

test.each(['db.example:5432', '10.0.0.5:5432', '0', '99999', 'x', ''])(
  'a name that cannot be let through is refused: %s',
  (name) => {
    expect(() => openSandboxes({ network: { forward: [name] } })).toThrow(SandboxError)
  },
)

test('20 MB go through in both directions, whole', async () => {
  const sandboxes = openSandboxes()
  const port = await listening(echo(), { host: '127.0.0.1' })
  const { stdout, stderr } = await runInside(
    sandboxes,
    `
    import net from 'node:net'
    import { createHash, randomBytes } from 'node:crypto'
    const bytes = randomBytes(20_000_000)
    const hash = createHash('sha256')
    const socket = net.connect({ port: ${port}, host: '127.0.0.1', allowHalfOpen: true })
    socket.end(bytes)
    for await (const chunk of socket) hash.update(chunk)
    console.log(hash.digest('hex') === createHash('sha256').update(bytes).digest('hex'))`,
  )
  expect({ stdout, stderr }).toEqual({ stdout: 'true\n', stderr: '' })
})

test('a reader that does not read holds the writer', async () => {
  const sandboxes = openSandboxes()
  const total = 64 * 2 ** 20
  let written = 0
  const port = await listening(
    net.createServer((socket) => {
      const chunk = randomBytes(2 ** 16)
      const more = (): void => {
        while (written < total) {
          written += chunk.length
          if (!socket.write(chunk)) return void socket.once('drain', more)
        }
        socket.end()
      }
      socket.on('data', () => socket.write(`${written}\n`))
      more()
    }),
    { host: '127.0.0.1' },
  )
  const { stdout } = await runInside(
    sandboxes,
    `
    import net from 'node:net'
    const socket = net.connect({ port: ${port}, host: '127.0.0.1' }).pause()
    await new Promise((resolve) => setTimeout(resolve, 300))
    let read = 0
    for await (const chunk of socket) read += chunk.length
    console.log(read)`,
  )
  expect(stdout).toBe(`${total}\n`)
})

test('a connection that breaks, breaks at the other end', async () => {
  const sandboxes = openSandboxes()
  const seen: string[] = []
  const waiting: net.Socket[] = []
  const saw = (what: string): void => {
    seen.push(what)
    for (const socket of waiting.splice(0)) socket.end('seen')
  }
  const port = await listening(
    net.createServer((socket) => {
      socket.on('error', (error: NodeJS.ErrnoException) => saw(error.code ?? ''))
      socket.once('data', (text) => {
        if (String(text) === 'break') socket.resetAndDestroy()
        else if (String(text) === 'go') socket.on('end', () => saw('end')).write('go on')
        else if (seen.length > 0) socket.end('seen')
        else waiting.push(socket)
      })
    }),
    { host: '127.0.0.1' },
  )
  const code = (first: string, then: string): string => `
    import net from 'node:net'
    const open = () => net.connect({ port: ${port}, host: '127.0.0.1' })
    const socket = open()
    socket.on('error', (error) => console.log(error.code)).on('end', () => console.log('end'))
    socket.once('data', () => { ${then} })
    socket.write('${first}')`
  expect((await runInside(sandboxes, code('break', ''))).stdout).toBe('ECONNRESET\n')
  expect(seen).toEqual([])
  // The process waits until the server has seen it: what ends with its sandbox, ends as if it were killed.
  const reset = `socket.resetAndDestroy(); open().on('data', () => process.exit()).write('wait')`
  expect((await runInside(sandboxes, code('go', reset))).stdout).toBe('')
  expect(seen.splice(0)).toEqual(['ECONNRESET'])
  expect((await runInside(sandboxes, code('go', 'socket.end()'))).stdout).toBe('end\n')
  expect(seen.splice(0)).toEqual(['end'])
  // Without a sandbox too, the kernel ends the connections of a killed process in order.
  const kill = `process.kill(process.pid, 'SIGKILL')`
  expect((await runInside(sandboxes, code('go', kill))).stdout).toBe('')
  await expect.poll(() => seen, { timeout: 30_000 }).toContain('end')
})

test('16 sandboxes keep HTTP connections to one server', async () => {
  const sandboxes = openSandboxes()
  let requests = 0
  const server = http.createServer((request, response) => {
    requests++
    request.resume().on('end', () => response.end(request.url))
  })
  // However long a busy machine takes between two requests.
  server.keepAliveTimeout = 0
  const port = await listening(server, { host: '127.0.0.1' })
  const code = `
    const texts = []
    for (let turn = 0; turn < 20; turn++) {
      const all = [1, 2, 3].map(async (n) => (await fetch('http://127.0.0.1:${port}/' + turn + n)).text())
      texts.push(...await Promise.all(all))
    }
    console.log(texts.length, new Set(texts).size)`
  const outcomes = await Promise.all(Array.from({ length: 16 }, () => runInside(sandboxes, code)))
  expect(outcomes.map(({ stdout, stderr }) => stdout + stderr)).toEqual(
    Array.from({ length: 16 }, () => '60 60\n'),
  )
  expect(requests).toBe(16 * 60)
})

test('a unix socket of this process is reached by its path, others are not', async () => {
  const directory = tempDirectory()
  const path = join(directory, 'own.sock')
  await listening(echo(), { path })
  const sandboxes = openSandboxes()
  const { stdout } = await runInside(sandboxes, ask({ path }))
  expect(stdout).toBe('hello')
  expect(sandboxes.forwarded).toEqual([
    { name: path, command: expect.stringContaining('node') as string, by: 'run' },
  ])
})

test('a socket that is to be let through and is not there is told of once', async () => {
  const path = join(tempDirectory(), 'named.sock')
  const messages: string[] = []
  const sandboxes = openSandboxes({ network: { forward: [path] } }, messages)
  expect((await runInside(sandboxes, ask({ path }))).stdout).toBe('ENOENT\n')
  expect(messages).toEqual([expect.stringContaining(`${path} is to be let through`)])
  await listening(echo(), { path })
  expect((await runInside(sandboxes, ask({ path }))).stdout).toBe('hello')
})

test('nothing to let through starts no helper', async () => {
  const sandboxes = openSandboxes({ processes: true })
  const { stdout } = await runInside(
    sandboxes,
    `import { readdirSync, readFileSync } from 'node:fs'
     const pids = readdirSync('/proc').filter((name) => /^\\d+$/.test(name))
     console.log(pids.filter((pid) => readFileSync('/proc/' + pid + '/cmdline', 'utf8').includes('help' + 'er.js')).length)`,
  )
  expect(stdout).toBe('0\n')
})
