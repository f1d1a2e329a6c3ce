import { startAgain } from '@acme/counters'
import { beforeEach, expect, test } from 'vitest'
import { bill } from '../src/billing.js'

beforeEach(startAgain)

test('a new year starts again', async () => {
  for (let number = 1; number <= 20; number++) await bill('Ada', 10)
  await startAgain()
  expect(await bill('Ada', 10)).toMatchObject({ name: 'I-00001' })
})
