import type { Attempt, TestRecord } from '@isolane/record'
import { describe, expect, test } from 'vitest'
import type { TestRef } from '../runners/driver.ts'
import type { Sample } from '../verdict/outcomes.ts'
import { Suspect } from './suspect.ts'

const record = { attempts: [] } as unknown as TestRecord

function ref(name: string): TestRef {
  return { key: `a.test > ${name}`, project: '', file: 'a.test', titlePath: [name] }
}

function sample(name: string, more: Partial<Sample> = {}): Sample {
  const { key } = ref(name)
  const attempt = { kind: 'attempt', key, file: 'a.test', outcome: 'failed' } as unknown as Attempt
  return { key, failed: true, timedOut: false, durationMs: 900, error: undefined, attempt, ...more }
}

function suspect(group: string | undefined, ...names: [string, ...string[]]): Suspect {
  const [first, ...others] = names
  const triggers = names.map((name) => [ref(name).key, { sample: sample(name), record, run: '1' }])
  const members = [ref(first), ...others.map(ref)] as const
  return new Suspect('test', [...members], new Map(triggers as never), group)
}

const passes = { failed: false, durationMs: 600 }
const waits = { timedOut: true }

describe('a group of tests that failed with one error', () => {
  test('takes in who fails with it later, and nobody else', () => {
    const group = suspect('error x', 'one')
    expect(group.join(suspect('error y', 'two'))).toBe(false)
    expect(suspect(undefined, 'one').join(suspect(undefined, 'two'))).toBe(false)
    expect(group.join(suspect('error x', 'two'))).toBe(true)
    expect(group.members.map(({ key }) => key)).toEqual(['a.test > one', 'a.test > two'])
    expect(group.triggers.has('a.test > two')).toBe(true)
  })

  test('falls apart when one member fails alone every time and another passes', () => {
    const group = suspect('error x', 'one', 'two')
    group.add('alone', sample('one'), record)
    group.add('alone', sample('two', passes), record)
    expect(group.split()).toBeUndefined()
    group.add('alone', sample('one'), record)
    group.add('alone', sample('two', passes), record)
    expect(group.split()?.map((part) => part.total('alone'))).toEqual([
      { runs: 2, failures: 2 },
      { runs: 2, failures: 0 },
    ])
  })

  test('is no defect of all while one was not run alone, and not flaky while one never passed', () => {
    const group = suspect('error x', 'one', 'two')
    group.add('alone', sample('one'), record)
    expect(group.isUnconfirmed(true, 4)).toBe(true)
    expect(group.isUnconfirmed(false, 4)).toBe(true)
    group.add('parallel', sample('two', passes), record)
    expect(group.isUnconfirmed(true, 4)).toBe(true)
    expect(group.isUnconfirmed(false, 4)).toBe(false)
    group.add('alone', sample('two'), record)
    expect(group.isUnconfirmed(true, 4)).toBe(false)
  })

  test('may have a member that passed before it failed: it needs no run of its own to be flaky', () => {
    const group = suspect('error x', 'one')
    group.add('alone', sample('one'), record)
    group.join(suspect('error x', 'two'))
    expect(group.isUnconfirmed(false, 4)).toBe(false)
  })
})

describe('a test that waits too long alone', () => {
  test('does not answer for others who keep the machine busy, when it passes with little to spare', () => {
    const tight = suspect('error x', 'one')
    tight.add('alone', sample('one', waits), record, 0.9)
    expect(tight.total('alone')).toEqual({ runs: 1, failures: 1 })
    tight.add('alone', sample('one', passes), record, 0.9)
    tight.add('alone', sample('one', passes), record, 0.9)
    expect(tight.total('alone')).toEqual({ runs: 2, failures: 0 })
    expect(tight.disturbed).toHaveLength(1)
  })

  test.each([
    ['the machine was idle', waits, 0.1, passes],
    ['it failed by something else', {}, 0.9, passes],
    ['it passes with much to spare', waits, 0.9, { failed: false, durationMs: 20 }],
  ])('answers for itself when %s', (_, failure, foreignLoad, pass) => {
    const own = suspect('error x', 'one')
    own.add('alone', sample('one', failure), record, foreignLoad)
    own.add('alone', sample('one', pass), record, 0.9)
    own.add('alone', sample('one', pass), record, 0.9)
    expect(own.total('alone')).toEqual({ runs: 3, failures: 1 })
  })
})
