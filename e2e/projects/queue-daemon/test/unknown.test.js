import { once } from 'node:events'
import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { socketPath } from '../lib/paths.js'
import { usePrinter } from './daemon.js'

usePrinter()

test('says what it cannot do', async () => {
  const connection = connect(socketPath)
  connection.write('{ "command": "fax" }\n')
  const [answer] = await once(connection, 'data')
  connection.destroy()
  expect(JSON.parse(String(answer))).toEqual({ error: 'printd cannot fax' })
})
