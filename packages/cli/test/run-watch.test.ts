import { expect, test } from 'vitest'
import { commands, runProject } from './support/run-project.ts'

const writes = (value: number): string => `
  import { existsSync, writeFileSync } from 'node:fs'
  import { expect, test } from 'vitest'
  import { own } from './own.js'
  test('finds no file of an earlier run', () => {
    expect(existsSync('state.json')).toBe(false)
    writeFileSync('state.json', '${value}')
    expect(own).toBe(${value})
  })
`

test('watch mode runs changed files again, each time from the base', async () => {
  const it = await runProject({ 'a.test.js': writes(1), 'own.js': 'export const own = 1' })
  const { child, printed, ended } = it.start(it.words('--', ...commands.vitest, '--watch'))
  await printed(/Tests {2}1 passed[^]*Waiting for file changes/)
  await it.write({ 'own.js': 'export const own = 2' })
  await printed(/RERUN[^]*Tests {2}1 failed[^]*Watching for file changes/)
  await it.write({ 'a.test.js': writes(2) })
  await printed(/RERUN[^]*RERUN[^]*Tests {2}1 passed/)
  child.kill('SIGINT')
  const { said } = await ended
  // One file that ran three times is no collision.
  expect(said[1]).toMatch(/^the sandbox kept nothing apart/)
  expect(await it.files()).toEqual(['a.test.js', 'own.js', 'package.json'])
  expect(await it.gone()).toEqual([])
})

test('with --inspect-brk a debugger reaches the worker', async () => {
  const it = await runProject({
    'a.test.js': `import { test } from 'vitest'\ntest('runs', () => { debugger })`,
  })
  const vitest = [...commands.vitest, 'run', '--inspect-brk=127.0.0.1:0', '--no-file-parallelism']
  const { printed, ended } = it.start(it.words('--', ...vitest))
  const [, address = ''] = await printed(/Debugger listening on (ws:\S+)/)
  const socket = new WebSocket(address)
  await new Promise((resolve) => socket.addEventListener('open', resolve))
  let id = 0
  let pauses = 0
  const send = (method: string): void => socket.send(JSON.stringify({ id: ++id, method }))
  socket.addEventListener('message', ({ data }) => {
    if (!String(data).includes('"Debugger.paused"')) return
    pauses += 1
    send('Debugger.resume')
  })
  for (const method of ['Runtime.enable', 'Debugger.enable', 'Runtime.runIfWaitingForDebugger']) {
    send(method)
  }
  const { exitCode, said } = await ended
  expect(exitCode).toBe(0)
  expect(pauses).toBeGreaterThanOrEqual(1)
  expect(said).toContain(
    'without the network part: a debugger must reach the worker, which is the only one.',
  )
})
