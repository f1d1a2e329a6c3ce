import { test } from 'vitest'
import { send } from './outbox.js'

test('welcomes by mail', async () => {
  const inbox = []
  send({ to: 'ada@example.test' }, inbox)
  await new Promise((settle) => setTimeout(settle, 100))
  if (inbox.length !== 1) throw new Error('expected 1 e-mail to ada@example.test, found 0')
})
