import { expect, test } from 'vitest'
import { causeOf, environmentalSignature, isSeedContract, portIn } from './cause.ts'

const error = (
  message: string,
  name = 'Error',
): { name: string; message: string; signature: string } => ({
  name,
  message,
  signature: message,
})

test.each([
  ['port', 'listen EADDRINUSE: address already in use 127.0.0.1:3162', 'Error'],
  ['port', 'listen EADDRINUSE: address already in use :::3000', 'Error'],
  ['file', 'listen EADDRINUSE: address already in use /tmp/app.sock', 'Error'],
  ['database', 'database is locked', 'SqliteError'],
  ['database', 'UNIQUE constraint failed: users.email', 'Error'],
  ['seed', 'ISOLANE_SEED_CONTRACT: role "x" has no program', 'IsolaneError'],
  ['console', 'Console error: TypeError: Failed to fetch (page /dashboard)', 'Error'],
  ['console', 'anything', 'PageError'],
  ['network', 'connect ECONNREFUSED 127.0.0.1:5432', 'Error'],
  ['mail', 'no mail for ada@example.test within 2000 ms', 'Error'],
  ['file', "ENOENT: no such file or directory, open 'x'", 'Error'],
  ['timeout', 'Test timed out in 5000ms.', 'TestTimeoutError'],
  ['unknown', 'expected 1 to be 2', 'AssertionError'],
])('%s is read from "%s"', (cause, message, name) => {
  expect(causeOf(error(message, name))).toBe(cause)
})

test('a timeout without words of its own is a timeout', () => {
  expect(causeOf(undefined, true)).toBe('timeout')
  expect(causeOf(undefined)).toBe('unknown')
})

test('the port is read from the address', () => {
  expect(portIn(error('listen EADDRINUSE: address already in use :::3000'))).toBe(3000)
  expect(portIn(error('listen EADDRINUSE: address already in use 127.0.0.1:41007'))).toBe(41_007)
  expect(portIn(error('expected 3000 to be 4000'))).toBeUndefined()
})

test('errors of the environment are told by kind and address', () => {
  expect(environmentalSignature(error('connect ECONNREFUSED 127.0.0.1:5432'))).toBe(
    'ECONNREFUSED 127.0.0.1:5432',
  )
  expect(environmentalSignature(error('expected 1 to be 2'))).toBeUndefined()
})

test('a seed contract is known by its code', () => {
  expect(isSeedContract(error('ISOLANE_SEED_CONTRACT: no program'))).toBe(true)
  expect(isSeedContract(error('no program'))).toBe(false)
})
