import assert from 'node:assert'
import { test } from 'node:test'

test('lands on its head', () => assert.ok(Math.random() < 0.5))
test('is a coin', () => assert.ok(true))
