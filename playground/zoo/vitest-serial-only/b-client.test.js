import { expect, test } from 'vitest'

test('asks the server', async () => {
  await new Promise((settle) => setTimeout(settle, 1000))
  const answer = await fetch('http://127.0.0.1:41761/')
  expect(await answer.text()).toBe('served')
})
