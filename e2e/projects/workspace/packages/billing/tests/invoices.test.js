import { startAgain } from '@acme/counters'
import { beforeEach, expect, test } from 'vitest'
import { bill } from '../src/billing.js'

beforeEach(startAgain)

test('invoices are numbered from 1', async () => {
  for (let number = 1; number <= 40; number++) {
    const { name } = await bill('Ada', 10)
    expect(name).toBe(`I-${String(number).padStart(5, '0')}`)
  }
})
