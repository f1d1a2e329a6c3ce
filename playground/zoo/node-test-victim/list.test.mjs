import assert from 'node:assert'
import { describe, test } from 'node:test'

const list = []

describe('list', () => {
  test('is a list', () => assert.ok(Array.isArray(list)))
  test('adds', () => assert.equal(list.push(1), 1))
  test('is empty', () => assert.deepEqual(list, []))
})
