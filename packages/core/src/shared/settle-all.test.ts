import { expect, test } from 'vitest'
import { settleAll } from './settle-all.ts'

test('runs every step in order, whatever fails, and throws all of it', async () => {
  const ran: string[] = []
  const step = (name: string, error?: Error) => async () => {
    ran.push(name)
    if (error !== undefined) throw error
  }
  const [first, second] = [new Error('the port is stuck'), new Error('the file is open')]
  const settled = settleAll('Two things are left', [
    step('a', first),
    step('b'),
    step('c', second),
    step('d'),
  ])
  await expect(settled).rejects.toMatchObject({
    message: 'Two things are left:\nthe port is stuck\nthe file is open',
    errors: [first, second],
  })
  expect(ran).toEqual(['a', 'b', 'c', 'd'])
})

test('throws a single error as it is, and nothing when nothing failed', async () => {
  const only = new Error('the only one')
  await expect(settleAll('What', [() => Promise.reject(only), () => {}])).rejects.toBe(only)
  await expect(settleAll('What', [() => {}])).resolves.toBeUndefined()
})

test('runs synchronous steps at once', () => {
  const ran: number[] = []
  void settleAll('What', [() => void ran.push(1), () => void ran.push(2)])
  expect(ran).toEqual([1, 2])
})
