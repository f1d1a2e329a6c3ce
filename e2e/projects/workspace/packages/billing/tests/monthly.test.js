import { startAgain } from '@acme/counters'
import { beforeEach, expect, test } from 'vitest'
import { bill } from '../src/billing.js'

beforeEach(startAgain)

test('every customer gets an invoice a month', async () => {
  const names = []
  for (let month = 1; month <= 12; month++) {
    for (const customer of ['Ada', 'Grace']) names.push((await bill(customer, month)).name)
  }
  expect(names.at(-1)).toBe('I-00024')
})
