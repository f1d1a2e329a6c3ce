import { Rejection } from '../rejection.ts'
import type { Field, Value, Values } from './entity.ts'

/**
 * Takes the values of `fields` out of a JSON body. Fields that are absent stay absent, so that a change
 * may name only what changes; `complete` asks for all of them.
 *
 * @throws Rejection 422 with the name of the field that does not fit.
 */
export function readInput(fields: readonly Field[], body: unknown, complete: boolean): Values {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new Rejection(400, 'Send a JSON object.')
  }
  const input = body as Readonly<Record<string, unknown>>
  const values: Record<string, Value> = {}
  for (const field of fields) {
    if (input[field.name] === undefined && !complete) continue
    values[field.name] = readValue(field, input[field.name])
  }
  return values
}

function readValue(field: Field, given: unknown): Value {
  const value = typeof given === 'string' ? given.trim() : given
  if (value === undefined || value === null || value === '') {
    if (field.kind === 'choice' && value === undefined) return field.choices?.[0] ?? null
    if (field.kind === 'long' || (field.kind === 'text' && field.optional)) return ''
    if (field.optional) return null
    throw new Rejection(422, `${field.label} is missing.`, field.name)
  }
  switch (field.kind) {
    case 'integer':
    case 'reference':
      return readInteger(field, value)
    case 'date':
      if (typeof value === 'string' && isDate(value)) return value
      throw new Rejection(422, `${field.label} must be a date such as 2026-09-01.`, field.name)
    case 'choice':
      if (typeof value === 'string' && field.choices?.includes(value)) return value
      throw new Rejection(
        422,
        `${field.label} must be one of: ${field.choices?.join(', ')}.`,
        field.name,
      )
    default:
      return readText(field, value)
  }
}

function readInteger(field: Field, value: unknown): number {
  const number = typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : value
  const { min = 0, max = Number.MAX_SAFE_INTEGER } = field
  if (typeof number !== 'number' || !Number.isSafeInteger(number)) {
    throw new Rejection(422, `${field.label} must be a whole number.`, field.name)
  }
  if (number < min) throw new Rejection(422, `${field.label} must be ${min} or more.`, field.name)
  if (number > max) throw new Rejection(422, `${field.label} must be ${max} or less.`, field.name)
  return number
}

function readText(field: Field, value: unknown): string {
  const { max = 200 } = field
  if (typeof value !== 'string') {
    throw new Rejection(422, `${field.label} must be a text.`, field.name)
  }
  if (value.length > max) {
    throw new Rejection(422, `${field.label} must have ${max} characters or fewer.`, field.name)
  }
  return value
}

function isDate(value: string): boolean {
  const day = new Date(`${value}T00:00:00Z`)
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(value)
}
