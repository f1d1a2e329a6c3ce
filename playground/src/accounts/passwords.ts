import { randomBytes, scryptSync, timingSafeEqual } from 'node:crypto'

// A real site would take N = 2^15 or more; sign-in is on the path of most tests here.
const cost = { N: 1024, r: 8, p: 1 }
const keyLength = 32

/** Hashes a password for storage, as `salt:key` in hex. */
export function hashPassword(password: string): string {
  const salt = randomBytes(16)
  return `${salt.toString('hex')}:${scryptSync(password, salt, keyLength, cost).toString('hex')}`
}

/** True when `password` is the one that was hashed. */
export function passwordMatches(password: string, stored: string): boolean {
  const [salt = '', key = ''] = stored.split(':')
  const given = scryptSync(password, Buffer.from(salt, 'hex'), keyLength, cost)
  const expected = Buffer.from(key, 'hex')
  return given.length === expected.length && timingSafeEqual(given, expected)
}
