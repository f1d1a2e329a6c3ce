import { stripVTControlCharacters } from 'node:util'
import { redactor } from './redact.ts'

/** Most characters of any text in a report: what is longer says nothing more to a reader. */
export const maxTextLength = 32_768

type Env = Readonly<Record<string, string | undefined>>

/**
 * Cleans all text of a document, in place, so that none can do harm or give a secret away: secrets are
 * taken out, colours and control characters too, broken surrogates are replaced, and what is too long is
 * cut. Equal texts stay equal, so keys still match.
 *
 * @param keys texts that stay different from each other: one that becomes the same as another gets a number.
 * @returns the document.
 */
export function sanitize<T>(document: T, env: Env = process.env, keys: Iterable<string> = []): T {
  const redact = redactor(env)
  const known = apart(keys, (text) => cleanText(text, redact))
  const clean = (text: string): string => {
    if (harmless.test(text)) return text
    const before = known.get(text)
    if (before !== undefined) return before
    const after = cleanText(text, redact)
    if (text.length < 1000) known.set(text, after)
    return after
  }
  const visit = (value: unknown): unknown => {
    if (typeof value === 'string') return clean(value)
    if (typeof value !== 'object' || value === null) return value
    if (Array.isArray(value)) {
      for (const [at, one] of value.entries()) value[at] = visit(one)
      return value
    }
    const fields = value as Record<string, unknown>
    for (const name of Object.keys(fields)) {
      const field = visit(fields[name])
      const cleanName = clean(name)
      if (cleanName !== name) delete fields[name]
      fields[cleanName] = field
    }
    return value
  }
  return visit(document) as T
}

// In their order, so that each gets the same number in every run.
function apart(keys: Iterable<string>, clean: (text: string) => string): Map<string, string> {
  const known = new Map<string, string>()
  const taken = new Set<string>()
  for (const key of [...new Set(keys)].sort()) {
    const plain = clean(key)
    let name = plain
    for (let ordinal = 2; taken.has(name); ordinal += 1) name = `${plain} #${ordinal}`
    taken.add(name)
    known.set(key, name)
  }
  return known
}

// Most text is a word, a number or a short path: too short for a secret, and plain.
const harmless = /^[\w ./-]{0,7}$/

function cleanText(text: string, redact: (text: string) => string): string {
  // A secret that the cut would divide is found first, in what is a little longer than what stays.
  const start = text.length > 2 * maxTextLength ? text.slice(0, 2 * maxTextLength) : text
  const plain = ascii.test(start) ? start : printable(start)
  const clean = redact(plain)
  if (text === start && clean.length <= maxTextLength) return clean
  const more = text.length - maxTextLength
  return `${clean.slice(0, maxTextLength).toWellFormed()}… [${more} more characters]`
}

const ascii = /^[\x20-\x7E\n]*$/

function printable(text: string): string {
  return (
    stripVTControlCharacters(text)
      .toWellFormed()
      // Line breaks and tabs stay. What turns the direction of text around could show another name.
      .replace(/\r\n?/g, '\n')
      .replace(/(?![\n\t])\p{Cc}|[\u202A-\u202E\u2066-\u2069\uFFFE\uFFFF]/gu, '')
  )
}
