import { expect, test } from 'vitest'
import { start, status, stop } from '../lib/control.js'
import { usePrinter } from './daemon.js'

const printer = usePrinter()

test('runs once', async () => {
  await expect(start()).rejects.toThrow('printd runs already')
})

test('can be stopped', async () => {
  expect(await stop()).toBe(true)
  expect(await status()).toBeUndefined()
  await expect(printer.jobs()).rejects.toThrow('ENOENT')
})

test('and started again, with nothing in its queue', async () => {
  expect(await start()).toBe(await status())
  expect(await printer.jobs()).toEqual([])
})
