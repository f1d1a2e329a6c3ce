import { toRecordError } from '@isolane/record/reporter'
import type { RecordError } from '@isolane/record'
import type { Ended } from '../run-recorder.ts'
import { hasBeforeAll, thrownIn } from '../thrown-in.ts'

/** The part of Jest's result of one test that is used here. */
export interface JestAssertion {
  readonly ancestorTitles: readonly string[]
  readonly title: string
  readonly status: string
  readonly duration?: number | null
  readonly startAt?: number | null
  readonly failureMessages: readonly string[]
  readonly retryReasons?: readonly string[]
  readonly location?: { readonly line: number } | null
}

/** The part of what Jest says of a test that begins that is used here. */
export type JestCase = Pick<JestAssertion, 'ancestorTitles' | 'title'>

/** The part of a Jest test, one file in one project, that is used here. */
export interface JestFile {
  readonly path: string
  readonly context: {
    readonly config: { readonly displayName?: { readonly name: string } | undefined }
  }
}

/** The part of Jest's result of one file that is used here. */
export interface JestFileResult {
  readonly testResults: readonly JestAssertion[]
  readonly perfStats: { readonly start: number; readonly end: number }
  readonly testExecError?: { readonly message?: string; readonly stack?: string } | null
}

/** The attempts of one test: those that were retried, as far as Jest tells of them, and the last. */
export function attemptsOf(
  test: JestAssertion,
  { start, end }: JestFileResult['perfStats'],
  cwd: string,
): Ended[] {
  const hasStart = typeof test.startAt === 'number'
  const startMs = Math.floor(test.startAt ?? start)
  const endMs = Math.ceil(hasStart ? startMs + (test.duration ?? 0) : end)
  const times = { startMs, endMs, repeat: 0 }
  const retries = (test.retryReasons ?? []).map((reason, retry): Ended => {
    const error = errorOf(reason, cwd)
    return { ...times, endMs: startMs, retry, outcome: outcomeOf(error), error }
  })
  const retry = retries.length
  if (test.status === 'passed') return [...retries, { ...times, retry, outcome: 'passed' }]
  if (test.status !== 'failed') return [...retries, { ...times, retry, outcome: 'skipped' }]
  const error = errorOf(test.failureMessages[0] ?? 'failed without a message', cwd)
  return [...retries, { ...times, retry, outcome: outcomeOf(error), error }]
}

/**
 * Tells the tests that a failed `beforeAll` took along: Jest gives all of them the error of the hook. Where its
 * stack does not lead into the file, several with one error have it from the hook, if there is one.
 */
export function isHookFailure(
  tests: readonly JestAssertion[],
  path: string,
): (test: JestAssertion) => boolean {
  const failed = tests.filter(({ status }) => status === 'failed')
  const isHook = (text: string): boolean => {
    const place = thrownIn(text, path)
    if (place !== undefined) return place === 'beforeAll'
    return failed.filter((one) => textOf(one) === text).length > 1 && hasBeforeAll(path)
  }
  const known = new Map<string, boolean>()
  return (test) => {
    if (test.status !== 'failed') return false
    const text = textOf(test)
    const answer = known.get(text) ?? isHook(text)
    known.set(text, answer)
    return answer
  }
}

function textOf({ failureMessages }: JestAssertion): string {
  return failureMessages.join('\n')
}

function errorOf(text: string, cwd: string): RecordError {
  const at = text.search(/\n\s+at /)
  const head = at < 0 ? text : text.slice(0, at)
  const name = /^([A-Z]\w*(?:Error|Exception)): /.exec(head)?.[1]
  // Jest's own assertions are plain errors that speak of `expect`.
  const named = name ?? (/\bexpect\(/.test(head) ? 'AssertionError' : undefined)
  return toRecordError({ name: named, message: head.replace(/^Error: /, ''), stack: text }, cwd)
}

function outcomeOf({ message }: RecordError): 'failed' | 'timed-out' {
  return /^(thrown: ")?Exceeded timeout of \d+ ?ms/.test(message) ? 'timed-out' : 'failed'
}
