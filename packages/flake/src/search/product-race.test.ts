import { errorSignature } from '@isolane/record'
import type { TestRecord } from '@isolane/record'
import { expect, test } from 'vitest'
import { Suspect } from '../experiment/suspect.ts'
import type { Trigger } from '../experiment/suspect.ts'
import type { Laboratory } from './laboratory.ts'
import { productRace } from './product-race.ts'

function failingAt(place: string): Pick<Laboratory, 'suspect'> {
  const stack = `Error: 2 courses\n    at rename (/project/${place}:7)\n    at /project/test/a.test.ts:3:1`
  const error = { name: 'Error', message: '2 courses', stack }
  const record = { attempts: [{ file: 'test/a.test.ts' }, { file: 'check.ts' }] }
  const trigger = {
    sample: { error: { ...error, signature: errorSignature(error, '/project') } },
    record: record as unknown as TestRecord,
    run: '1',
  } as unknown as Trigger
  const ref = { key: 'k', project: '', file: 'test/a.test.ts', titlePath: ['a'] }
  return { suspect: new Suspect('test', [ref], new Map([['k', trigger]])) }
}

test('an error from the code of the product is marked, with its place', () => {
  const [insight] = productRace(failingAt('src/courses.ts:12') as Laboratory)
  expect(insight?.evidence).toMatchObject([
    { kind: 'product-race', detail: expect.stringContaining('src/courses.ts:12') as string },
  ])
  expect(insight?.nextSteps).toEqual([
    'Look at src/courses.ts:12 before you change the test: users may meet the same.',
  ])
})

test.for([
  'test/a.test.ts:3',
  'check.ts:3',
  'e2e/helpers/sign-in.ts:9',
  'spec/fixtures/users.ts:1',
])('an error from %s is one of the tests', (place) => {
  expect(productRace(failingAt(place) as Laboratory)).toEqual([])
})
