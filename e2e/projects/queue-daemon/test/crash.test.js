import { expect, test } from 'vitest'
import { start, status } from '../lib/control.js'
import { usePrinter } from './daemon.js'

const printer = usePrinter()

test('is not there after a crash', async () => {
  await printer.print('lost')
  process.kill(await status(), 'SIGKILL')
  await expect.poll(status, { timeout: 20_000 }).toBeUndefined()
  await expect(printer.jobs()).rejects.toThrow('ECONNREFUSED')
})

test('starts again, although its socket is still there', async () => {
  await start()
  expect(await printer.jobs()).toEqual([])
})
