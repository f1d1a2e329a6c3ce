import { beforeAll } from 'vitest'
import { start, stop } from '../lib/control.js'
import { Printer } from '../lib/client.js'

/** Gives every file a daemon that was just started; the one of the file before is stopped. */
export function usePrinter() {
  beforeAll(async () => {
    await stop()
    await start()
  })
  return new Printer()
}
