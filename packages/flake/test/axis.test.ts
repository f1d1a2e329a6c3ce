import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const preload = fileURLToPath(new URL('../dist/runners/axis.cjs', import.meta.url))

/** What a program prints as JSON when these settings are held. */
function held(setting: object, program: string): unknown {
  const env = { ...process.env, TZ: 'UTC', ISOLANE_HOLD: JSON.stringify(setting) }
  const words = ['--require', preload, '--input-type=module', '-e', program]
  return JSON.parse(execFileSync(process.execPath, words, { env, encoding: 'utf8' }))
}

describe('a process in which one thing is held still', () => {
  const draws = `import { randomInt, randomUUID } from 'node:crypto'
    import vm from 'node:vm'
    const inContext = vm.runInContext('Math.random()', vm.createContext())
    console.log(JSON.stringify([Math.random(), inContext, randomInt(6), randomInt(3, 9), randomUUID(), crypto.randomUUID()]))`

  test('draws the same from every source, in every context, and something else with another seed', () => {
    const one = held({ seed: 1 }, draws) as unknown[]
    expect(held({ seed: 1 }, draws)).toEqual(one)
    expect(new Set([...one, ...(held({ seed: 2 }, draws) as unknown[])]).size).toBeGreaterThan(6)
    expect(one[2]).toBeLessThan(6)
    expect(one[3]).toBeGreaterThanOrEqual(3)
    expect(one.slice(4)).toEqual(
      [1, 2].map(() => expect.stringMatching(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/) as string),
    )
  })

  test('draws low values or high ones, and none twice', () => {
    const many = `console.log(JSON.stringify(Array.from({ length: 50 }, () => Math.random())))`
    const low = held({ seed: 1, from: 0, to: 0.1 }, many) as number[]
    const high = held({ seed: 1, from: 0.9, to: 1 }, many) as number[]
    expect(Math.max(...low)).toBeLessThan(0.1)
    expect(Math.min(...high)).toBeGreaterThanOrEqual(0.9)
    expect(new Set([...low, ...high]).size).toBe(100)
  })

  test('has one time of day, in every context, and other dates as they are', () => {
    const clockMs = Date.UTC(2026, 5, 1)
    const program = `import vm from 'node:vm'
      const read = '[Date.now(), new Date().getTime(), new Date(7).getTime(), new Date() instanceof Date]'
      await new Promise((settle) => setTimeout(settle, 5))
      console.log(JSON.stringify([eval(read), vm.runInContext(read, vm.createContext())]))`
    const all = [clockMs, clockMs, 7, true]
    expect(held({ clockMs }, program)).toEqual([all, all])
  })

  test('is in one time zone, whatever it asks for', () => {
    const program = `process.env.TZ = 'America/New_York'
      Object.assign(process.env, { OTHER: 'kept' })
      delete process.env.TZ
      console.log(JSON.stringify([new Date(0).getHours(), process.env.TZ, process.env.OTHER]))`
    expect(held({ zone: 'Asia/Tokyo' }, program)).toEqual([9, 'Asia/Tokyo', 'kept'])
    expect(held({}, program)).toEqual([0, null, 'kept'])
  })
})
