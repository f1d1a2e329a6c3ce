import { expect, test } from 'vitest'

test('asks for the rates', async () => {
  const answer = await fetch('http://127.0.0.1:41764/')
  expect(await answer.text()).toBe('1.07')
})
