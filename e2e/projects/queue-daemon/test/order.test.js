import { expect, test } from 'vitest'
import { usePrinter } from './daemon.js'

const printer = usePrinter()

test('prints one job after another', async () => {
  for (const title of ['first', 'second', 'third']) await printer.print(title, 3)
  for (;;) {
    const states = (await printer.jobs()).map(({ state }) => state)
    if (states.every((state) => state === 'done')) break
    expect(states.filter((state) => state === 'printing').length).toBeLessThan(2)
  }
})

test('in the order in which they came', async () => {
  const jobs = await printer.finished()
  expect(jobs.map(({ title }) => title)).toEqual(['first', 'second', 'third'])
})
