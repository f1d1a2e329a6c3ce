import { expect, test } from 'vitest'
import { usePrinter } from './daemon.js'

const printer = usePrinter()

test.each([1, 3, 5])('prints %i pages', async (pages) => {
  const id = await printer.print('report', pages)
  const jobs = await printer.finished()
  expect(jobs.at(-1)).toEqual({ id, title: 'report', pages, state: 'done' })
})
