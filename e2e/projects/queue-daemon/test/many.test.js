import { expect, test } from 'vitest'
import { usePrinter } from './daemon.js'

const printer = usePrinter()

test('takes many jobs at once', async () => {
  await printer.pause()
  const titles = Array.from({ length: 50 }, (_, index) => `page ${index}`)
  const ids = await Promise.all(titles.map(async (title) => await printer.print(title)))
  expect(new Set(ids).size).toBe(50)
  expect(await printer.jobs()).toHaveLength(50)
})
