import { fork, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { forkInside } from '@isolane/sandbox'
import { expect, test } from 'vitest'
import { openSandboxes, runInside } from './support/sandbox.ts'

/** Starts a server by `command`, waits for it, then `then`. */
const spawned = (then: string): string => `
  import net from 'node:net'
  import { spawn } from 'node:child_process'
  const child = spawn(process.execPath, ['-e', "net.createServer().listen(4321, () => console.log('up')); net.createServer().listen('child.sock')"], { detached: true })
  await new Promise((resolve) => child.stdout.once('data', resolve))
  ${then}`

test('the ports and sockets that a process listens on are noted, but none that it left to the kernel', async () => {
  const sandboxes = openSandboxes()
  const { footprint, stderr } = await runInside(
    sandboxes,
    `import net from 'node:net'
     import http from 'node:http'
     const servers = [net.createServer().listen(3000), http.createServer().listen({ port: 3001, host: '::1' }),
       net.createServer().listen('own.sock'), net.createServer().listen(0), net.createServer().listen('\\0abstract')]
     net.createServer().on('error', () => undefined).listen(3000)
     for (const server of servers) server.on('listening', () => server.close())`,
  )
  expect(stderr).toBe('')
  expect(footprint.ports).toEqual([3000, 3001])
  expect(footprint.sockets).toEqual([`${sandboxes.root}/own.sock`])
})

test.each([
  ['it is killed', `child.kill()`],
  ['its group is killed', `process.kill(-child.pid, 'SIGKILL')`],
  ['the process exits', `process.exit()`],
])('the ports of a child process are noted when %s', async (_, then) => {
  const { footprint, stderr } = await runInside(openSandboxes(), spawned(then))
  expect(stderr).toBe('')
  expect(footprint.ports).toEqual([4321])
})

test('the ports of a child process are noted when the runner kills its worker', async () => {
  const sandboxes = openSandboxes()
  const module = join(sandboxes.root, 'worker.mjs')
  writeFileSync(module, spawned(`process.send('up')`))
  const sandbox = sandboxes.enter({ cwd: sandboxes.root })
  const child = forkInside(fork, { modulePath: module, args: [], options: {} }, { sandbox })
  await once(child, 'message')
  child.kill()
  await once(child, 'exit')
  expect(sandbox.end().ports).toEqual([4321])
})

test('without a network of its own, a sandbox keeps no ports apart', async () => {
  const sandboxes = openSandboxes({ network: false })
  const { footprint } = await runInside(sandboxes, spawned('child.kill()'))
  expect(footprint.ports).toEqual([])
})

test('what is wrapped looks as it did', async () => {
  const code = `
    import dns from 'node:dns'
    import net from 'node:net'
    import { promisify } from 'node:util'
    const { lookup, promises } = dns
    for (const one of [lookup, promises.lookup, net.Socket.prototype._destroy, process.kill, process.reallyExit]) {
      console.log(one.name, one.length)
    }
    console.log(await promisify(lookup)('127.0.0.1'), process.eventNames().map((name) => [name, process.listenerCount(name)]))
    try { lookup(1, 2, 3) } catch (error) { console.log(error.message) }
    console.log(Object.keys(process.env).filter((name) => !['_', 'ISOLANE_LAYER'].includes(name)).sort())`
  const { stdout, stderr } = await runInside(openSandboxes(), code)
  const outside = spawnSync(process.execPath, ['--input-type=module', '-e', code], {
    encoding: 'utf8',
  })
  expect({ stdout, stderr }).toEqual({ stdout: outside.stdout, stderr: outside.stderr })
})
