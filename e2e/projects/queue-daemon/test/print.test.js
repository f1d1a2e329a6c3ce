import { expect, test } from 'vitest'
import { usePrinter } from './daemon.js'

const printer = usePrinter()

test('prints a job', async () => {
  expect(await printer.print('letter')).toBe(1)
  expect(await printer.finished()).toEqual([{ id: 1, title: 'letter', pages: 1, state: 'done' }])
})

test('numbers jobs', async () => {
  expect(await printer.print('another letter')).toBe(2)
})
