import { expect, test } from 'vitest'
import { Turns } from './turns.ts'
import type { Asker } from './turns.ts'

/** Asks for a turn; `begun` is who has had one, in order. */
function table(turns: Turns, workers = 10) {
  const begun: string[] = []
  const askOf = (group: string | undefined, name: string, ...globs: string[]) => {
    const asker = { group, globs, workers, begin: () => void begun.push(name) }
    turns.ask(asker)
    return () => turns.end(asker)
  }
  const ask = (name: string, ...globs: string[]) => askOf(undefined, name, ...globs)
  return { begun, ask, askOf }
}

test('who may run passes who may not, who keeps its place', () => {
  const turns = new Turns()
  turns.limit('a', 1)
  const { ask, begun } = table(turns, 3)
  const endFirst = ask('a1', 'a')
  ask('a2', 'a')
  ask('a3', 'a')
  const endFree = ask('free1')
  ask('free2')
  ask('free3')
  expect(begun).toEqual(['a1', 'free1', 'free2'])
  endFree()
  expect(begun.slice(3)).toEqual(['free3'])
  endFirst()
  endFirst()
  expect(begun.slice(4)).toEqual(['a2'])
  expect([turns.running, turns.waiting]).toEqual([3, 1])
})

test('a file of several limits waits for all of them and holds none meanwhile', () => {
  const turns = new Turns()
  turns.limit('a', 1)
  turns.limit('b', 2)
  turns.limit('b', 1)
  turns.limit('b', 5)
  const { ask, begun } = table(turns)
  const endA = ask('a', 'a')
  ask('ab', 'a', 'b')
  const endB = ask('b', 'b')
  ask('b2', 'b')
  expect(begun).toEqual(['a', 'b'])
  endA()
  expect(begun).toEqual(['a', 'b'])
  endB()
  expect(begun).toEqual(['a', 'b', 'ab'])
})

test('fewer are allowed: none is stopped, none begins until there is room, one always may', () => {
  const turns = new Turns()
  const { ask, begun } = table(turns)
  const ends = ['1', '2', '3', '4'].map((name) => ask(name))
  turns.allow(0)
  const last = ask('5')
  for (const end of ends.slice(0, 3)) end()
  expect(begun).toEqual(['1', '2', '3', '4'])
  ends[3]?.()
  expect(begun).toEqual(['1', '2', '3', '4', '5'])
  ask('6')
  ask('7')
  turns.allow(2)
  expect(begun.slice(5)).toEqual(['6'])
  last()
  expect(begun.slice(6)).toEqual(['7'])
})

test('who gives up waiting is not called, and who ends as it begins lets the next one in', () => {
  const turns = new Turns()
  turns.allow(1)
  const { ask, begun } = table(turns)
  const end = ask('1')
  ask('2')()
  const fleeting = {
    group: undefined,
    globs: [],
    workers: 1,
    begin: () => {
      begun.push('fleeting')
      turns.end(fleeting)
    },
  }
  turns.ask(fleeting)
  ask('3')
  end()
  expect(begun).toEqual(['1', 'fleeting', '3'])
})

test('the files of a group take turns in one place, whoever else waits', () => {
  const turns = new Turns()
  turns.limit('a', 1)
  const { askOf, begun } = table(turns, 2)
  const endFirst = askOf('g', 'g1', 'a')
  const endSecond = askOf('g', 'g2', 'a')
  const endFree = askOf(undefined, 'free1')
  askOf(undefined, 'limited', 'a')
  askOf('h', 'h1')
  askOf(undefined, 'free2')
  expect(begun).toEqual(['g1', 'free1'])
  turns.allow(1)
  endFirst()
  expect(begun.slice(2)).toEqual(['g2'])
  turns.allow(2)
  endFree()
  expect(begun.slice(3)).toEqual(['h1'])
  endSecond()
  expect(begun.slice(4)).toEqual(['limited'])
})

test('a file of a group begins after the one before it', () => {
  const turns = new Turns()
  const after: unknown[] = []
  const [first, second] = ['1', '2'].map(() => {
    const asker: Asker = {
      group: 'g',
      globs: [],
      workers: 2,
      begin: (before) => void after.push(before),
    }
    turns.ask(asker)
    return asker
  })
  if (first !== undefined) turns.end(first)
  expect(after).toEqual([undefined, first])
  if (second !== undefined) turns.end(second)
  expect([turns.running, turns.waiting]).toEqual([0, 0])
})
