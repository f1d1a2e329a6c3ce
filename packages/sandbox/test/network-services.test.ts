import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import http from 'node:http'
import { join } from 'node:path'
import type { Service } from '@isolane/sandbox'
import { expect, test } from 'vitest'
import { listening, openSandboxes, runInside } from './support/sandbox.ts'

const serve = (code: string): string => `${process.execPath} -e "${code}"`

/** Answers with its own request's path; on port 3000, with IPv4 and IPv6. */
const web = serve(
  `require('http').createServer((q, r) => r.writeHead(+q.url.slice(1) || 404, q.url === '/302' ? { location: '/204' } : {}).end('web')).listen(3000, () => console.log('\\x1b[32mlistening\\x1b[0m on 3000'))`,
)

const status = `console.log(await fetch('http://localhost:3000/200').then((response) => response.text(), (error) => error.cause.code))`

test.each<[string, NonNullable<Service['ready']>]>([
  ['its port', { port: 3000 }],
  ['an answer', { url: 'http://127.0.0.1:3000/204' }],
  ['an answer that it may not give', { url: 'http://localhost:3000/403' }],
  ['a redirect', { url: 'http://[::1]:3000/302' }],
  ['its output', { pattern: /^listening on \d+/m }],
  ['one of several', [{ port: 3999 }, { pattern: /listening/ }]],
])('a service is ready by %s, and its command finds it', async (_, ready) => {
  const services = [{ name: 'web', command: web, ready }]
  const { stdout, stderr, footprint } = await runInside(openSandboxes(), status, { services })
  expect({ stdout, stderr }).toEqual({ stdout: 'web\n', stderr: '' })
  expect(footprint.failure).toBeUndefined()
})

test('16 sandboxes have a service each on one port, with files of its own', async () => {
  const sandboxes = openSandboxes()
  const command = serve(
    `require('fs').writeFileSync('state', 'mine'); require('http').createServer((q, r) => r.end(String(process.pid))).listen(3000)`,
  )
  const services = [{ name: 'web', command, ready: { port: 3000 } }]
  const outcomes = await Promise.all(
    Array.from({ length: 16 }, () =>
      runInside(
        sandboxes,
        `import { readFileSync } from 'node:fs'
         console.log(readFileSync('state', 'utf8'), (await fetch('http://localhost:3000')).status)`,
        { services },
      ),
    ),
  )
  expect(outcomes.map(({ stdout }) => stdout)).toEqual(
    Array.from({ length: 16 }, () => 'mine 200\n'),
  )
  expect(existsSync(join(sandboxes.root, 'state'))).toBe(false)
})

test('services start one after another, with their environment and directory; groups name variables', async () => {
  const services: Service[] = [
    {
      name: 'first',
      command: 'echo "port $PORT in $PWD ${HOME-nothing}"; exec sleep 1000',
      cwd: '/usr',
      env: { PORT: '4000', HOME: undefined },
      ready: { pattern: /port (?<first_port>\d+) in \/usr nothing/ },
      echo: ['stdout'],
    },
    {
      name: 'second',
      command: 'echo tidings >&2; exec sleep 1000',
      ready: { pattern: /(?<tidings>tid)/, stream: 'stderr' },
    },
  ]
  const { stdout, stderr } = await runInside(
    openSandboxes(),
    'console.log(process.env.FIRST_PORT, process.env.TIDINGS)',
    { services },
  )
  expect(stdout).toBe('4000 tid\n')
  expect(stderr).toBe('[first] port 4000 in /usr nothing\n')
})

test.each<[string, Omit<Service, 'name'>, string]>([
  [
    'ends',
    { command: 'echo out; echo wrong >&2; exit 3', ready: { port: 3000 } },
    'ended with code 3 (waited for port 3000). Its output ends with:\n  | out\n  | wrong',
  ],
  [
    'is late',
    { command: 'exec sleep 1000', ready: { url: 'http://localhost:3000/' }, timeoutMs: 200 },
    'was not ready within 200 ms (waited for http://localhost:3000/). It printed nothing.',
  ],
  [
    'has no directory',
    { command: 'true', cwd: '/nowhere', ready: { port: 3000 } },
    'could not be started: spawn sh ENOENT (waited for port 3000). It printed nothing.',
  ],
])('a service that %s keeps its command from starting, and says why', async (_, service, text) => {
  const services = [{ name: 'web', ...service }]
  const outcome = await runInside(openSandboxes(), 'console.log("started")', { services })
  const message = `The service "web" of the sandbox (${service.command}) ${text}`
  expect(outcome.footprint.failure).toBe(message)
  expect(outcome).toMatchObject({ status: 125, stdout: '', stderr: `isolane: ${message}\n` })
})

test.each([true, false])('services end with their command, processes: %s', async (processes) => {
  const mark = `isolane-service-${process.pid}-${String(processes)}`
  // One in its process group, and one below a shell of its own.
  const sleep = `require('child_process').spawn('sleep', ['1000'], { argv0: '${mark}' })`
  const command = `${serve(sleep)} & ${serve(`${sleep}; console.log('up')`)}`
  const { status: code, stdout } = await runInside(
    openSandboxes({ processes }),
    `import { writeSync } from 'node:fs'
     import { spawnSync } from 'node:child_process'
     const count = () => spawnSync('pgrep', ['-fc', '^${mark}'], { encoding: 'utf8' }).stdout.trim()
     while (count() !== '2') await new Promise(setImmediate)
     writeSync(1, 'two run')
     process.kill(process.pid, 'SIGKILL')`,
    { services: [{ name: 'family', command, ready: { pattern: /up/ } }] },
  )
  expect(stdout).toBe('two run')
  expect(code).not.toBe(0)
  expect(running(mark)).toEqual([])
})

test('where it is forwarded already, a service is taken as it is or refused', async () => {
  const port = await listening(
    http.createServer((_, response) => response.end('outside')),
    { host: '127.0.0.1' },
  )
  const sandboxes = openSandboxes()
  const ready = { url: `http://127.0.0.1:${port}/` }
  const ask = `console.log(await (await fetch('${ready.url}')).text())`
  const reused = { name: 'web', command: 'exit 1', ready, reuse: true }
  expect((await runInside(sandboxes, ask, { services: [reused] })).stdout).toBe('outside\n')
  const refused = await runInside(sandboxes, ask, { services: [{ ...reused, reuse: false }] })
  expect(refused.footprint.failure).toContain(`${ready.url} answers already`)
})

test('what a service listens on counts as of its sandbox; its environment is not left in the layer', async () => {
  const sandboxes = openSandboxes()
  const services = [{ name: 'web', command: web, ready: { port: 3000 }, env: { SECRET: 'x1y2z3' } }]
  const { footprint, stdout } = await runInside(
    sandboxes,
    `import { spawnSync } from 'node:child_process'
     console.log(spawnSync('grep', ['-rl', 'x1y2z3', process.env.ISOLANE_LAYER], { encoding: 'utf8' }).stdout)
     process.exit()`,
    { services },
  )
  expect(stdout).toBe('\n')
  expect(footprint.ports).toEqual([3000])
})

function running(mark: string): readonly string[] {
  return readdirSync('/proc').filter((name) => {
    try {
      return /^\d+$/.test(name) && readFileSync(`/proc/${name}/cmdline`, 'utf8').startsWith(mark)
    } catch {
      return false
    }
  })
}

test.runIf(process.getuid?.() === 0)(
  'an ordinary user has services and forwarded ports too, also low ones',
  () => {
    const script = new URL('support/as-user.mjs', import.meta.url).pathname
    const { stdout, stderr } = spawnSync(
      'setpriv',
      ['--reuid=65534', '--regid=65534', '--clear-groups', process.execPath, script],
      { encoding: 'utf8', env: { PATH: process.env['PATH'] } },
    )
    expect(stderr).toBe('')
    expect(JSON.parse(stdout)).toEqual({ status: 0, stdout: 'outside inside 65534\nECONNRESET\n' })
  },
)
