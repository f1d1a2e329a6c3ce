import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { SandboxOptions } from '@isolane/sandbox'
import { expect, onTestFinished, test } from 'vitest'
import { openSandboxes, runInside, tempDirectory } from './support/sandbox.ts'

/** Starts a server that is nobody's: not one of this run. Gives its port. */
async function strange(where: string): Promise<number> {
  const script = `net.createServer((s) => s.end('strange')).listen(${where}, function () { console.log(process.pid, this.address().port) })`
  const starter = spawn('setsid', ['sh', '-c', `${process.execPath} -e "${script}" & exit`])
  const [line] = (await once(starter.stdout, 'data')) as [Buffer]
  const [pid, port] = String(line).split(' ').map(Number)
  onTestFinished(() => void process.kill(pid ?? 0, 'SIGKILL'))
  return port ?? 0
}

/** Connects inside, and gives the message of the error. */
async function messageOf(
  connect: string,
  options: boolean | SandboxOptions = true,
): Promise<string> {
  const { stdout, stderr } = await runInside(
    openSandboxes(options),
    `import net from 'node:net'
     import dns from 'node:dns'
     import { lookup } from 'node:dns/promises'
     const both = (_, __, done) => done(null, [{ address: '::1', family: 6 }, { address: '127.0.0.1', family: 4 }])
     const connect = (options) => new Promise((_, reject) => net.connect(options).on('error', reject))
     try { ${connect} }
     catch (error) {
       const named = error.cause ?? error
       process.stdout.write(named.message)
       if (!named.stack.includes(named.message)) process.stdout.write(' NOT IN THE STACK ' + named.stack)
     }`,
  )
  expect(stderr).toBe('')
  return stdout
}

test('a refused connection to a service of the machine names the option that lets it through', async () => {
  const port = await strange("0, '127.0.0.1'")
  const hint = `isolane sandbox: 127.0.0.1:${port} is a service of this machine; --forward 127.0.0.1:${port} (sandbox.network.forward) lets it through`
  const refused = `connect ECONNREFUSED 127.0.0.1:${port}\n${hint}`
  expect(await messageOf(`await connect({ host: '127.0.0.1', port: ${port} })`)).toBe(refused)
  expect(await messageOf(`await fetch('http://127.0.0.1:${port}/')`)).toBe(refused)
  // Both addresses of localhost were tried: the error of each is inside.
  expect(await messageOf(`await connect({ host: 'localhost', lookup: both, port: ${port} })`)).toBe(
    hint,
  )
  expect(
    await messageOf(
      `try { await connect({ host: 'localhost', lookup: both, port: ${port} }) }
       catch ({ errors }) { console.log(errors.map(({ message }) => message).join(' | ')) }`,
    ),
  ).toBe(`connect ECONNREFUSED ::1:${port} | ${refused}\n`)
  // The option that the hint names does let it through.
  const forward = [`127.0.0.1:${port}`]
  expect(
    await messageOf(
      `net.connect({ host: '127.0.0.1', port: ${port} }).on('data', (text) => process.stdout.write(text))`,
      { network: { forward } },
    ),
  ).toBe('strange')
})

test('a refused connection that would be refused outside too stays as it is', async () => {
  const port = await strange("0, '127.0.0.1'")
  expect(await messageOf(`await connect({ host: '127.0.0.1', port: 1 })`)).toBe(
    'connect ECONNREFUSED 127.0.0.1:1',
  )
  expect(await messageOf(`await connect({ host: '::1', port: ${port} })`)).toBe(
    `connect ECONNREFUSED ::1:${port}`,
  )
})

test('an address or a name of the outside names the part that hides it, at once', async () => {
  const ofNetwork = (name: string): string =>
    `isolane sandbox: ${name} is outside of the sandbox's own network; --parts files,processes (sandbox.network: 'host') lets it through`
  expect(await messageOf(`await connect({ host: '192.0.2.1', port: 80 })`)).toBe(
    `connect ENETUNREACH 192.0.2.1:80 - Local (0.0.0.0:0)\n${ofNetwork('192.0.2.1:80')}`,
  )
  const named = await messageOf(`await fetch('http://service.example.com/')`)
  expect(named.split('\n')).toEqual([
    expect.stringMatching(/^getaddrinfo \w+ service\.example\.com$/),
    ofNetwork('service.example.com'),
  ])
  for (const look of [
    `await lookup('service.example.com')`,
    `await dns.promises.lookup('service.example.com')`,
    `await new Promise((_, reject) => dns.lookup('service.example.com', reject))`,
    `await dns.promises.resolve4('service.example.com')`,
    `await new Promise((_, reject) => dns.resolve4('service.example.com', reject))`,
  ]) {
    expect(await messageOf(look)).toContain(`\n${ofNetwork('service.example.com')}`)
  }
})

test('a socket of the machine behind the copy-on-write view names the option, with or without a network', async () => {
  const path = join(tempDirectory(), 'strange.sock')
  await strange(`'${path}'`)
  const hint = `isolane sandbox: ${path} is a service of this machine; --forward ${path} (sandbox.network.forward) lets it through`
  for (const options of [true, { network: false }]) {
    expect(await messageOf(`await connect({ path: '${path}' })`, options)).toBe(
      `connect ECONNREFUSED ${path}\n${hint}`,
    )
  }
  expect(await messageOf(`await connect({ path: '${path}x' })`)).toBe(`connect ENOENT ${path}x`)
})

test('errors of names stay unhandled when nobody handles them', async () => {
  const { status, stderr } = await runInside(
    openSandboxes(),
    `import { lookup } from 'node:dns/promises'
     lookup('service.example.com')`,
  )
  expect(status).toBe(1)
  expect(stderr).toContain('isolane sandbox: service.example.com is outside')
})
