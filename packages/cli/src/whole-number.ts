import { InvalidArgumentError } from 'commander'

/** Reads the value of an option: a whole number from 1 on. */
export function wholeNumber(text: string, allowed = 'a whole number from 1 on'): number {
  const value = Number(text)
  if (Number.isInteger(value) && value >= 1) return value
  throw new InvalidArgumentError(`It must be ${allowed}.`)
}
