import { startAgain } from '@acme/counters'
import { beforeEach, expect, test } from 'vitest'
import { bill } from '../src/billing.js'

beforeEach(startAgain)

test('customers share one series', async () => {
  expect(await bill('Ada', 10)).toMatchObject({ name: 'I-00001', customer: 'Ada' })
  expect(await bill('Grace', 10)).toMatchObject({ name: 'I-00002', customer: 'Grace' })
})
