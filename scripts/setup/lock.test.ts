import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, expect, test } from 'vitest'

const module = new URL('./lock.mjs', import.meta.url).href

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'isolane-lock-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

/** Starts a process that takes the lock, writes `begin`, does something, and writes `end`. */
function holder(action: string): ChildProcess {
  const log = JSON.stringify(join(folder, 'log'))
  const program = `
    import { appendFileSync } from 'node:fs'
    import { setImmediate as turn } from 'node:timers/promises'
    import { withLock } from ${JSON.stringify(module)}
    await withLock(async () => {
      appendFileSync(${log}, 'begin ' + process.pid + '\\n')
      console.log('held')
      ${action}
      appendFileSync(${log}, 'end ' + process.pid + '\\n')
    }, ${JSON.stringify(join(folder, 'lock'))})`
  return spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
}

async function held(child: ChildProcess): Promise<void> {
  if (child.stdout === null) throw new Error('The holder has no output.')
  await once(createInterface({ input: child.stdout }), 'line')
}

function log(): string[] {
  return readFileSync(join(folder, 'log'), 'utf8').trimEnd().split('\n')
}

test('one holder at a time', async () => {
  const holders = Array.from({ length: 5 }, () =>
    holder('for (let i = 0; i < 1000; i++) await turn()'),
  )
  const exits = await Promise.all(holders.map((child) => once(child, 'exit')))

  expect(exits.map(([code]) => code as unknown)).toEqual([0, 0, 0, 0, 0])
  const lines = log()
  expect(lines).toHaveLength(10)
  for (let index = 0; index < lines.length; index += 2) {
    expect(lines[index + 1]).toBe(lines[index]?.replace('begin', 'end'))
  }
  expect(existsSync(join(folder, 'lock'))).toBe(false)
})

test('the lock of a killed holder goes to one of those who wait', async () => {
  const first = holder('await new Promise(() => setInterval(() => {}, 1000))')
  await held(first)
  const waiting = [holder('await turn()'), holder('await turn()'), holder('await turn()')]
  first.kill('SIGKILL')
  await once(first, 'exit')
  appendFileSync(join(folder, 'log'), `end ${first.pid}\n`)
  const exits = await Promise.all(waiting.map((child) => once(child, 'exit')))

  expect(exits.map(([code]) => code as unknown)).toEqual([0, 0, 0])
  const lines = log()
  expect(lines).toHaveLength(8)
  for (let index = 0; index < lines.length; index += 2) {
    expect(lines[index + 1]).toBe(lines[index]?.replace('begin', 'end'))
  }
  expect(existsSync(join(folder, 'lock'))).toBe(false)
})
