import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { listening, openSandboxes } from './support/sandbox.ts'
import { workerInside } from './support/worker.ts'

const many = 16

// Each worker waits until all of them are there: they surely live at the same time.
const meeting = `
  process.send('there')
  process.once('message', () => process.exit())`

async function together(workers: readonly ReturnType<typeof workerInside>[]): Promise<unknown[]> {
  const messages = await Promise.all(workers.map(({ message }) => message))
  for (const { child } of workers) child.send('go')
  const ended = await Promise.all(workers.map((worker) => worker.ended))
  expect(ended.map(({ code, stderr }) => [code, stderr])).toEqual(workers.map(() => [0, '']))
  return messages
}

test('16 workers listen on port 3000 at once, and each reaches itself alone', async () => {
  const sandboxes = openSandboxes()
  const code = `
    require('node:http').createServer((_, response) => response.end(process.argv[2])).listen(3000, async () => {
      process.send(await (await fetch('http://localhost:3000')).text())
      process.once('message', () => process.exit())
    })`
  const names = Array.from({ length: many }, (_, index) => String(index))
  const workers = names.map((name) => workerInside(sandboxes, code, { args: [name] }))
  expect(await together(workers)).toEqual(names)
})

test('16 workers write ./test.db, a socket below /tmp and shared memory at once', async () => {
  const sandboxes = openSandboxes()
  const socket = `/tmp/isolane-apart-${process.pid}.sock`
  const code = `
    const { DatabaseSync } = require('node:sqlite')
    const { existsSync, writeFileSync } = require('node:fs')
    if (existsSync('test.db') || existsSync('/dev/shm/isolane-apart')) process.exit(5)
    writeFileSync('/dev/shm/isolane-apart', '')
    const db = new DatabaseSync('test.db')
    db.exec('PRAGMA journal_mode = WAL; CREATE TABLE t (n); INSERT INTO t VALUES (1)')
    require('node:net').createServer().listen(${JSON.stringify(socket)}, () => {
      process.send(db.prepare('SELECT count(*) AS n FROM t').get().n)
      process.once('message', () => process.exit())
    })`
  const workers = Array.from({ length: many }, () =>
    workerInside(sandboxes, code, { cwd: sandboxes.root }),
  )
  expect(await together(workers)).toEqual(workers.map(() => 1))
  expect(readdirSync(sandboxes.root)).toEqual([])
  expect(existsSync(socket)).toBe(false)
  for (const { ended } of workers) {
    const written = (await ended).footprint?.written.map(({ path, kind }) => [path, kind])
    expect(written).toContainEqual([join(sandboxes.root, 'test.db'), 'file'])
    expect(written).toContainEqual([socket, 'socket'])
  }
})

test('a worker sees its own processes, from 1, and no others', async () => {
  const { message, child } = workerInside(
    openSandboxes(),
    `const pids = require('node:fs').readdirSync('/proc').filter((name) => /^\\d+$/.test(name))
     process.send([pids.length < 8, pids.includes(String(process.pid)), process.kill(1, 0), process.pid])
     process.once('message', () => process.exit())`,
  )
  // Two workers must not have one number: programs make the names of temporary files of it, also in shared caches.
  expect(await message).toEqual([true, true, true, child.pid])
  child.send('go')
})

test('a name that is not local fails before a name server would be given up', async () => {
  const { message } = workerInside(
    openSandboxes(),
    `let over = false
     // Answers that are there already come first.
     const limit = setTimeout(() => setImmediate(() => over || process.send('late', () => process.exit())), 4_000)
     Promise.allSettled([
       require('node:dns').promises.lookup('isolane.example'),
       require('node:dns').promises.resolve4('isolane.example'),
     ]).then((ends) => {
       over = true
       clearTimeout(limit)
       process.send(ends.map(({ reason }) => reason.syscall), () => process.exit())
     })`,
  )
  expect(await message).toEqual(['getaddrinfo', 'queryA'])
})

test('without a part the machine has it', async () => {
  const port = await listening(net.createServer(), { host: '127.0.0.1' })
  const sandboxes = openSandboxes({ network: 'host', files: false, processes: false })
  const { message, ended } = workerInside(
    sandboxes,
    `const socket = require('node:net').connect(${port}, '127.0.0.1', () => {
       require('node:fs').writeFileSync('seen', '')
       process.send(process.pid, () => process.exit())
     })`,
    { cwd: sandboxes.root },
  )
  expect(await message).toBeGreaterThan(1)
  expect((await ended).footprint?.written).toEqual([])
  expect(readdirSync(sandboxes.root)).toEqual(['seen'])
})

test('sandboxes inside a sandbox are apart, and let those outside live', async () => {
  const sandboxes = openSandboxes()
  writeFileSync(join(sandboxes.root, 'file'), 'outside')
  const code = `
    const { fork } = require('node:child_process')
    const { readFileSync, writeFileSync } = require('node:fs')
    const { isSandboxed, forkInside, sandboxSettings, Sandboxes } = require(${JSON.stringify(join(import.meta.dirname, '../dist/index.js'))})
    if (process.argv[2] === 'inner') {
      writeFileSync('file', 'inner')
      require('node:net').createServer().listen(3000, () => process.send(process.pid, () => process.exit()))
    } else {
      writeFileSync('file', 'outer')
      const inner = Sandboxes.open({ root: process.cwd(), settings: sandboxSettings(true) })
      const call = { modulePath: __filename, args: ['inner'], options: {} }
      const child = forkInside(fork, call, { sandbox: inner.enter() })
      let pid
      child.on('message', (message) => pid = message)
      child.on('exit', async (code) => {
        await inner.close()
        process.send([isSandboxed(), code, pid === child.pid, readFileSync('file', 'utf8')], () => process.exit())
      })
    }`
  const first = workerInside(sandboxes, meeting)
  expect(await first.message).toBe('there')
  const { message, ended } = workerInside(sandboxes, code, { cwd: sandboxes.root })
  expect(await message).toEqual([true, 0, true, 'outer'])
  expect((await ended).code).toBe(0)
  first.child.send('go')
  expect((await first.ended).code).toBe(0)
  const after = workerInside(sandboxes, meeting)
  after.child.send('go')
  expect((await after.ended).code).toBe(0)
})
