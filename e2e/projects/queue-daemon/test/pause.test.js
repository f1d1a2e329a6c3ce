import { expect, test } from 'vitest'
import { usePrinter } from './daemon.js'

const printer = usePrinter()

test('prints nothing while it is paused', async () => {
  await printer.pause()
  await printer.print('letter')
  expect(await printer.jobs()).toMatchObject([{ state: 'waiting' }])
})

test('goes on afterwards', async () => {
  await printer.resume()
  expect(await printer.finished()).toMatchObject([{ state: 'done' }])
})
