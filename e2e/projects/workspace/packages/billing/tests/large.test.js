import { startAgain } from '@acme/counters'
import { beforeEach, expect, test } from 'vitest'
import { bill } from '../src/billing.js'

beforeEach(startAgain)

test('a number has five digits', async () => {
  for (let number = 1; number <= 30; number++) await bill('Ada', 1)
  expect(await bill('Ada', 1)).toMatchObject({ name: 'I-00031' })
})
