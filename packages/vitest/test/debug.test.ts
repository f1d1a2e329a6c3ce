import { expect, test } from 'vitest'
import { project, versions } from './support/project.ts'
import type { VitestVersion } from './support/project.ts'
import { haveSandboxes } from './support/sandboxes.ts'
import { until } from './support/until.ts'

const modes = [
  ...versions.map((version): [VitestVersion, string] => [version, '0']),
  ...(haveSandboxes ? versions : []).map((version): [VitestVersion, string] => [version, '1']),
]

test.for(modes)('a debugger stops in a worker of Vitest %s, sandbox %s', async (mode) => {
  const [version, sandbox] = mode
  const it = await project(
    {
      'a.test.ts': `
        import { expect, test } from 'vitest'
        import { lanes } from './lanes.ts'
        test('a', () => { expect(lanes.current().slot).toBe(1); debugger })
      `,
      'b.test.ts': "import { test } from 'vitest'\ntest('b', () => {})",
    },
    { ISOLANE_SANDBOX: sandbox },
    [],
    version,
  )
  const { child, output, ended } = it.start(
    'run',
    '--pool=isolated',
    '--inspect-brk=127.0.0.1:0',
    '--no-file-parallelism',
  )
  const debuggers = /Debugger listening on (ws:\S+)/g
  const stops: string[] = []
  for (const turn of [1, 2]) {
    const urls = (): string[] => [...output().matchAll(debuggers)].map(([, url]) => url ?? '')
    await until(`debugger ${turn}`, () => urls().length === turn, output)
    stops.push(...(await attach(urls().at(-1) ?? '')))
  }
  await ended
  expect(child.exitCode, output()).toBe(0)
  expect(
    stops.filter((file) => file.endsWith('a.test.ts')),
    stops.join(),
  ).toHaveLength(2)
  expect(stops.filter((file) => file.endsWith('b.test.ts'))).toHaveLength(1)
  const said = output().split('so that a debugger reaches them').length - 1
  expect(said).toBe(Number(sandbox))
  expect(await it.leftovers()).toEqual([])
})

test.for(versions)('with a debugger nothing counts as a hang: Vitest %s', async (version) => {
  const it = await project(
    {
      'vitest.config.ts': `
        import { isolated } from '@isolane/vitest'
        import { defineConfig } from 'vitest/config'
        import { lanes } from './lanes.ts'
        export default defineConfig({
          plugins: [isolated(lanes, { hang: { after: 500 } })],
          test: { include: ['**/*.test.ts'], pool: 'isolated', testTimeout: 300, hookTimeout: 300 },
        })
      `,
      // With a debugger for longer than `hang.after`, in CPU time, which is what counts of a file that loads.
      'a.test.ts': `
        import { url } from 'node:inspector'
        import { test } from 'vitest'
        const endMs = url() === undefined ? Infinity : 2_500
        const cpuMs = () => { const { user, system } = process.cpuUsage(); return (user + system) / 1_000 }
        while (cpuMs() < endMs);
        test('a', () => {})
      `,
    },
    {},
    [],
    version,
  )
  const debugged = await it.run('--inspect=127.0.0.1:0', '--no-file-parallelism')
  expect(debugged.output).not.toContain('a worker hangs')
  expect(debugged, debugged.output).toMatchObject({ exitCode: 0, passed: 1 })
  const plain = await it.run('--no-file-parallelism')
  expect(plain.output).toContain('isolane: a worker hangs while a.test.ts was loaded: no progress')
  expect(plain.exitCode).toBe(1)
  expect(await it.leftovers()).toEqual([])
})

/** Goes on from wherever the worker stops, until it ends; gives where it stopped. */
async function attach(url: string): Promise<string[]> {
  const stops: string[] = []
  const socket = new WebSocket(url)
  await new Promise((resolve) => socket.addEventListener('open', resolve))
  const scripts = new Map<string, string>()
  let id = 0
  const call = (method: string): void => socket.send(JSON.stringify({ id: ++id, method }))
  socket.addEventListener('message', ({ data }) => {
    const { method, params } = JSON.parse(String(data))
    if (method === 'Debugger.scriptParsed') scripts.set(params.scriptId, params.url)
    if (method !== 'Debugger.paused') return
    stops.push(scripts.get(params.callFrames[0].location.scriptId) ?? '')
    call('Debugger.resume')
  })
  for (const method of ['Runtime.enable', 'Debugger.enable', 'Runtime.runIfWaitingForDebugger']) {
    call(method)
  }
  await new Promise((resolve) => socket.addEventListener('close', resolve))
  return stops
}
