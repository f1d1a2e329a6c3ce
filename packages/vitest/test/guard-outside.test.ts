import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { guarded, saidIn } from './support/guarded.ts'
import { project } from './support/project.ts'

/** A line of a record, as far as it is looked at. */
interface Line {
  readonly kind: string
  readonly key: string
  readonly what?: string
  readonly name?: string
  readonly access?: string
  readonly worker?: string
  readonly slot?: number
  readonly file?: string
}

/** A server of somebody else on a port that the system gives to nobody by itself. */
async function someService(): Promise<number> {
  const server = createServer((socket) => socket.destroy())
  onTestFinished(() => void server.close())
  for (let port = 12_000 + (process.pid % 4_000); ; port++) {
    const listening = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false))
      server.listen(port, '127.0.0.1', () => resolve(true))
    })
    if (listening) return (server.address() as AddressInfo).port
  }
}

const fileHint =
  'Hint: write below os.tmpdir() with tempDir() in the lanes, or allow the path (guard.allow).'

test('names every file that a test writes outside its lane, however it writes it', async () => {
  const it = await project({
    ...guarded("{ level: 'warn', allow: ['allowed/**', '*.{csv,tsv}'] }"),
    'allowed/.keep': '',
    'gone.txt': '',
    'app.ts': `
      import { createWriteStream } from 'node:fs'
      interface Padding { first: string; second: string }
      export function save(path: string): Promise<void> {
        return new Promise((resolve) => createWriteStream(path).end('text', () => resolve()))
      }
    `,
    'files.test.ts': `
      import fs, { promises, renameSync, unlinkSync, writeFileSync } from 'node:fs'
      import { appendFile, open } from 'node:fs/promises'
      import { tmpdir } from 'node:os'
      import { join } from 'node:path'
      import { pathToFileURL } from 'node:url'
      import { expect, test, vi } from 'vitest'
      import { save } from './app.ts'

      type Padding = { first: string; second: string }

      test('by name', () => { writeFileSync('named.txt', '') })
      test('with promises', async () => {
        await appendFile('appended.txt', '')
        await (await open('opened.txt', 'w')).close()
        await promises.writeFile(pathToFileURL('url.txt'), '')
      })
      test('with a stream in the code under test', async () => { await save('stream.txt') })
      test('with a callback, later', async () => {
        await new Promise((resolve) => setTimeout(resolve, 1))
        await new Promise((resolve) => fs.writeFile(process.cwd() + '/absolute.txt', '', resolve))
      })
      test('twice', () => { writeFileSync('twice.txt', ''); writeFileSync('twice.txt', '') })
      test('by moving and removing', () => {
        renameSync('named.txt', 'moved.txt')
        unlinkSync('gone.txt')
      })
      test('with a spy', () => {
        const spy = vi.spyOn(fs, 'writeFileSync')
        fs.writeFileSync('spied.txt', '')
        expect(spy).toHaveBeenCalledTimes(1)
        spy.mockRestore()
        const never = vi.spyOn(fs, 'mkdirSync').mockReturnValue(undefined)
        fs.mkdirSync('never')
        never.mockRestore()
      })
      test('only where it may', () => {
        writeFileSync(join(tmpdir(), 'lane.txt'), '')
        writeFileSync('allowed/file.txt', '')
        writeFileSync('table.csv', '')
        fs.mkdirSync('node_modules/.vite/guard-test', { recursive: true })
        fs.rmSync('node_modules/.vite/guard-test', { recursive: true })
        const own = fs.mkdtempSync('/tmp/guard-')
        writeFileSync(join(own, 'file.txt'), '')
        fs.rmSync(own, { recursive: true })
        writeFileSync('/dev/null', '')
        fs.readFileSync('package.json')
        expect({ a: 1 }).toMatchSnapshot()
        expect(1).toMatchInlineSnapshot('1')
      })
      test('very many', () => {
        for (let at = 1; at <= 13; at++) writeFileSync('many-' + at + '.txt', '')
      })
    `,
  })
  const { exitCode, passed, output } = await it.run()
  const said = (test: string, ...lines: string[]): string =>
    [`isolane: files.test.ts > ${test} reached outside its lane:`, ...lines, fileHint].join('\n')
  expect(saidIn(output)).toEqual([
    said(
      'by moving and removing',
      '  files.test.ts:25 removed named.txt, outside its lane',
      '  files.test.ts:25 wrote moved.txt, outside its lane',
      '  files.test.ts:26 removed gone.txt, outside its lane',
    ),
    said('by name', '  files.test.ts:12 wrote named.txt, outside its lane'),
    said('twice', '  files.test.ts:23 wrote twice.txt, outside its lane'),
    said(
      'very many',
      ...Array.from(
        { length: 11 },
        (_, at) => `  files.test.ts:52 wrote many-${at + 1}.txt, outside its lane`,
      ),
      '  … and 2 more',
    ),
    said('with a callback, later', '  files.test.ts:21 wrote absolute.txt, outside its lane'),
    said('with a spy', '  files.test.ts:30 wrote spied.txt, outside its lane'),
    said('with a stream in the code under test', '  app.ts:5 wrote stream.txt, outside its lane'),
    said(
      'with promises',
      '  files.test.ts:14 wrote appended.txt, outside its lane',
      '  files.test.ts:15 wrote opened.txt, outside its lane',
      '  files.test.ts:16 wrote url.txt, outside its lane',
    ),
  ])
  expect({ exitCode, passed }).toEqual({ exitCode: 0, passed: 9 })
  expect(existsSync(join(it.dir, 'never'))).toBe(false)
  expect(await it.leftovers()).toEqual([])
})

test('names ports and databases outside the lane, and keeps them for the record', async () => {
  const service = await someService()
  const files = {
    ...guarded("'warn'"),
    'ports.test.ts': `
      import { once } from 'node:events'
      import { createServer as createHttp } from 'node:http'
      import { connect, createServer } from 'node:net'
      import { describe, expect, test } from 'vitest'
      import { lanes } from './lanes.ts'

      const listen = async (server, ...where) => {
        server.listen(...where)
        await once(server, 'listening')
        return server
      }
      const close = async (server) => { server.close(); await once(server, 'close') }

      describe('app', () => {
        test('listens', async () => { await close(await listen(createHttp(), ${service + 1}, '127.0.0.1')) })
        test('listens', async () => { await close(await listen(createServer(), { port: ${service + 1} })) })
      })
      test('asks a service', async () => {
        await expect(fetch('http://127.0.0.1:${service}/')).rejects.toThrow()
      })
      test('asks nobody', async () => {
        await once(connect(1, '127.0.0.1'), 'error')
      })
      test('stays in its lane', async () => {
        const { port } = lanes.current()
        const app = await listen(createHttp((_, response) => response.end('yes')), port.number)
        expect(await (await fetch(port.url)).text()).toBe('yes')
        app.closeAllConnections()
        await close(app)
        const any = await listen(createHttp((_, response) => response.end('any')), 0)
        expect(await (await fetch('http://localhost:' + any.address().port)).text()).toBe('any')
        any.closeAllConnections()
        await close(any)
      })
    `,
    'databases.test.ts': `
      import { DatabaseSync } from 'node:sqlite'
      import Database from 'better-sqlite3'
      import { expect, test } from 'vitest'
      import { lanes } from './lanes.ts'

      test('opens a file of all workers', () => {
        new Database('app.db').close()
        new DatabaseSync('./node.db').close()
        new Database('app.db', { readonly: true }).close()
      })
      test('stays in its lane', () => {
        const { database } = lanes.current()
        database.open().exec("insert into users (name) values ('Ada')")
        new DatabaseSync(database.path).close()
        new DatabaseSync(':memory:').close()
        const memory = new Database(':memory:')
        expect(memory).toBeInstanceOf(Database)
        memory.exec('begin')
      })
    `,
  }
  const it = await project(files, { ISOLANE_RECORD: 'record.jsonl' })
  const { exitCode, passed, output } = await it.run('--reporter=@isolane/flake/vitest-reporter')
  const port = "which is not its lane's"
  const listens = `  ports.test.ts:LINE listened on port ${service + 1}, ${port}\nHint: listen on the lane's port (PORT), or on port 0.`
  expect(saidIn(output)).toEqual([
    "isolane: databases.test.ts > opens a file of all workers reached outside its lane:\n  databases.test.ts:8 opened the database app.db, outside its lane\n  databases.test.ts:9 opened the database node.db, outside its lane\nHint: open the lane's database (DATABASE_URL), or allow the path (guard.allow).",
    `isolane: ports.test.ts > app > listens #2 reached outside its lane:\n${listens.replace('LINE', '9')}`,
    `isolane: ports.test.ts > app > listens reached outside its lane:\n${listens.replace('LINE', '9')}`,
    `isolane: ports.test.ts > asks a service reached outside its lane:\n  ports.test.ts:20 connected to port ${service}, ${port}\nHint: give the lane such a service of its own, or allow the port (guard.allow).`,
  ])
  expect({ exitCode, passed }).toEqual({ exitCode: 0, passed: 7 })

  const lines = (await readFile(join(it.dir, 'record.jsonl'), 'utf8'))
    .split('\n')
    .filter((line) => line !== '')
    .map((line): Line => JSON.parse(line))
  const attempts = new Map(
    lines.filter(({ kind }) => kind === 'attempt').map((line) => [line.key, line]),
  )
  const touches = lines.filter(({ kind }) => kind === 'touch')
  expect(
    touches.map(({ what, name, access, key }) => `${key}: ${access} ${what} ${name}`).sort(),
  ).toEqual([
    'databases.test.ts > opens a file of all workers: read database app.db',
    'databases.test.ts > opens a file of all workers: write database app.db',
    'databases.test.ts > opens a file of all workers: write database node.db',
    `ports.test.ts > app > listens #2: write port ${service + 1}`,
    `ports.test.ts > app > listens: write port ${service + 1}`,
    `ports.test.ts > asks a service: read port ${service}`,
    'ports.test.ts > asks nobody: read port 1',
  ])
  for (const { key, worker, slot, file } of touches) {
    expect({ worker, slot, file }).toEqual({
      worker: attempts.get(key)?.worker,
      slot: attempts.get(key)?.slot,
      file: attempts.get(key)?.file,
    })
  }
  // A lane may be reset after it.
  expect(lines.findLast(({ kind }) => kind !== 'lane')?.kind).toBe('end')
})
