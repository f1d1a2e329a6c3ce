import type { RecordError } from '@isolane/record'
import type { Cause } from './verdict.ts'

const rules: readonly { readonly cause: Cause; readonly pattern: RegExp }[] = [
  { cause: 'seed', pattern: /ISOLANE_SEED_CONTRACT|\bSeedContract|seed contract/i },
  // A socket with a path, in the words of Node.js.
  { cause: 'file', pattern: /EADDRINUSE: address already in use (?!\S*:\d+\b)\S/ },
  {
    cause: 'port',
    pattern: /EADDRINUSE|address already in use|port \d+ is (already )?(in use|taken)/i,
  },
  {
    cause: 'database',
    pattern:
      /SQLITE_(BUSY|LOCKED|CONSTRAINT|READONLY|CORRUPT)|database (is|table is) locked|UNIQUE constraint failed|FOREIGN KEY constraint failed|duplicate key value|deadlock detected|could not serialize access|\b(40P01|55P03|23505)\b/i,
  },
  { cause: 'console', pattern: /^(Console|Page) error:/i },
  {
    cause: 'network',
    pattern:
      /ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EPIPE|socket hang up|fetch failed|Failed to fetch|net::ERR_|NetworkError/i,
  },
  { cause: 'mail', pattern: /\b(e-?mails?|mails?|mailbox|smtp)\b/i },
  { cause: 'file', pattern: /\b(ENOENT|EEXIST|ENOTEMPTY|EBUSY|EMFILE)\b/ },
  { cause: 'timeout', pattern: /timed out|timeout of \d+ ?ms|Timeout \d+ms exceeded/i },
  { cause: 'time', pattern: /\b(clock|time ?zone|daylight|expired token|midnight)\b/i },
]

const namesOfCauses: Readonly<Record<string, Cause>> = {
  ConsoleError: 'console',
  PageError: 'console',
  TestTimeoutError: 'timeout',
  SqliteError: 'database',
}

/** The cause that an error shows by its own words; `unknown` when it shows none. */
export function causeOf(error: RecordError | undefined, timedOut = false): Cause {
  if (error === undefined) return timedOut ? 'timeout' : 'unknown'
  const [firstLine = ''] = error.message.split('\n')
  const named = namesOfCauses[error.name]
  if (named !== undefined && named !== 'timeout') return named
  for (const { cause, pattern } of rules) {
    const text = cause === 'console' || cause === 'mail' ? firstLine : error.message
    if (pattern.test(text)) return cause
  }
  return timedOut || named === 'timeout' ? 'timeout' : 'unknown'
}

/** True when an error says that a role lacks what its seed contract promises. */
export function isSeedContract(error: RecordError): boolean {
  return /ISOLANE_SEED_CONTRACT/.test(`${error.name} ${error.message} ${error.stack ?? ''}`)
}

/** The port that an error is about. */
export function portIn(error: RecordError | undefined): number | undefined {
  if (error === undefined) return undefined
  const match = /EADDRINUSE[^\n]*?:(\d{2,5})\b|port (\d{2,5})\b/i.exec(error.message)
  const port = Number(match?.[1] ?? match?.[2])
  return Number.isInteger(port) && port > 0 && port < 65_536 ? port : undefined
}

const environmental =
  /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ENOSPC|EMFILE|no space left|too many open files|Executable doesn't exist|browserType\.launch|Target page, context or browser has been closed/i

/** The part of an error that speaks of the machine and not of the test; undefined when none does. */
export function environmentalSignature(error: RecordError): string | undefined {
  const line = error.message.split('\n').find((one) => environmental.test(one))
  if (line === undefined) return undefined
  const place = /(?:ECONNREFUSED|ENOTFOUND|EAI_AGAIN) (\S+)/.exec(line)
  return place === null ? (environmental.exec(line)?.[0] ?? undefined) : place[0]
}
