/** Why a made-up test fails, and how often when its condition holds. */
export type Behaviour =
  | { readonly kind: 'passes' }
  | { readonly kind: 'consistent' }
  | { readonly kind: 'intermittent'; readonly rate: number }
  /** Fails after one of these tests in the same process. */
  | { readonly kind: 'victim'; readonly after: readonly string[]; readonly rate: number }
  /** Fails unless one of these tests ran before it in the same process. */
  | { readonly kind: 'brittle'; readonly without: readonly string[] }
  /** Fails while this file runs on another worker. */
  | {
      readonly kind: 'collision'
      readonly beside: string
      readonly rate: number
      /** Port that the error names, if it does. */
      readonly port?: number
    }
  /** Fails by a timeout while so many others, workers or busy processes, run. */
  | { readonly kind: 'starvation'; readonly load: number; readonly rate: number }
  /** Fails while anything else runs on another worker. */
  | { readonly kind: 'race'; readonly rate: number }
  /** Fails unless something runs on another worker. */
  | { readonly kind: 'serial-only' }

/** A made-up test. */
export interface MadeUpTest {
  readonly title: string
  readonly durationMs: number
  readonly behaviour: Behaviour
}

/** A made-up test file. */
export interface MadeUpFile {
  readonly file: string
  readonly tests: readonly MadeUpTest[]
}

/** A made-up suite and the machine it runs on. */
export interface MadeUpSuite {
  readonly files: readonly MadeUpFile[]
  readonly workers: number
  /** True when the files of a worker share its process. */
  readonly sharedProcess: boolean
  /** Time from the start of a command to its first test. */
  readonly startMs: number
}

/** Key of a made-up test. */
export function keyOf(file: string, title: string): string {
  return `${file} > ${title}`
}
