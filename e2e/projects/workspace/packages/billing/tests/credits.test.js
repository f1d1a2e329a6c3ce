import { startAgain } from '@acme/counters'
import { beforeEach, expect, test } from 'vitest'
import { bill } from '../src/billing.js'

beforeEach(startAgain)

test('credit notes have numbers of their own', async () => {
  expect(await bill('Ada', 10)).toMatchObject({ name: 'I-00001' })
  expect(await bill('Ada', -10)).toMatchObject({ name: 'C-00001' })
  expect(await bill('Ada', -5)).toMatchObject({ name: 'C-00002' })
})
