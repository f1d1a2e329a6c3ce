import { startAgain } from '@acme/counters'
import { beforeEach, expect, test } from 'vitest'
import { bill } from '../src/billing.js'

beforeEach(startAgain)

test('a correction is a credit note and another invoice', async () => {
  for (let round = 1; round <= 10; round++) {
    await bill('Ada', 10)
    await bill('Ada', -10)
  }
  expect(await bill('Ada', 9)).toMatchObject({ name: 'I-00011', amount: 9 })
})
