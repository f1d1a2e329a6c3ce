import { expect, test } from 'vitest'
import { usePrinter } from './daemon.js'

const printer = usePrinter()

test('cancels a job that waits', async () => {
  await printer.pause()
  await printer.print('thick book', 10)
  await printer.cancel(await printer.print('never'))
  await printer.resume()
  const jobs = await printer.finished()
  expect(jobs.map(({ state }) => state)).toEqual(['done', 'cancelled'])
})

test('refuses to cancel what is printed', async () => {
  await expect(printer.cancel(1)).rejects.toThrow('job 1 is printed already')
})

test('refuses to cancel what is unknown', async () => {
  await expect(printer.cancel(99)).rejects.toThrow('there is no job 99')
})
