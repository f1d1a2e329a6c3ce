/** What Node.js tells of one test, as far as it matters here. */
export interface Told {
  readonly name: string
  readonly nesting: number
  readonly file?: string | undefined
  readonly line?: number | undefined
  readonly column?: number | undefined
  readonly skip?: string | boolean | undefined
  readonly todo?: string | boolean | undefined
  /** Of what was printed. */
  readonly message?: string | undefined
  readonly details?: {
    readonly duration_ms?: number
    readonly type?: string | undefined
    readonly error?: {
      readonly message?: string
      readonly cause?: unknown
      readonly failureType?: string
      readonly exitCode?: unknown
      readonly signal?: unknown
    }
  }
}

/**
 * An event of a reporter of `node:test`.
 *
 * @see https://nodejs.org/api/test.html#class-testsstream
 */
export interface NodeEvent {
  readonly type: string
  readonly data: Told
}

/** The same test in all events that tell of it. */
export function identity({ file, line, column, nesting, name }: Told): string {
  return JSON.stringify([file, line, column, nesting, name])
}
