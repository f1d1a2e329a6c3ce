/** When a {@link Service} counts as started. */
export type Ready =
  /** It answers `GET` with a status from 200 to 403, or 404 for `/` and one of those for `/index.html`. */
  | { readonly url: string; readonly ignoreHTTPSErrors?: boolean | undefined }
  /** It accepts connections on this port of 127.0.0.1 or ::1. */
  | { readonly port: number }
  /**
   * Its output so far, without escape sequences, matches. What named groups catch becomes environment of the
   * sandboxed command, under their names in capitals.
   */
  | { readonly pattern: RegExp; readonly stream?: 'stdout' | 'stderr' | undefined }

/** A shell command that runs in a sandbox beside its command, and ends with it. */
export interface Service {
  /** What it is called in messages and in front of its echoed lines. */
  readonly name: string
  /** For `sh -c`. */
  readonly command: string
  /** Default: that of the sandboxed command. */
  readonly cwd?: string | undefined
  /** Added to the environment of this process; `undefined` takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined
  /** The sandboxed command starts when one of these holds. Default: at once. */
  readonly ready?: Ready | readonly Ready[] | undefined
  /** Milliseconds until it must be ready. Default 60 000. */
  readonly timeoutMs?: number | undefined
  /** Does not start it where it is ready already, by a forwarded port. Default false: that is a failure. */
  readonly reuse?: boolean | undefined
  /** The outputs that are also written to the stderr of the sandboxed command, line by line. Default: none. */
  readonly echo?: readonly ('stdout' | 'stderr')[] | undefined
}

/** {@link Ready} as it travels to the helper. */
export type ReadyPlan =
  | { readonly kind: 'url'; readonly url: string; readonly ignoreHTTPSErrors: boolean }
  | { readonly kind: 'port'; readonly port: number }
  | {
      readonly kind: 'pattern'
      readonly source: string
      readonly flags: string
      readonly stream: 'stdout' | 'stderr'
    }

/** {@link Service} as it travels to the helper. */
export interface ServicePlan {
  readonly name: string
  readonly command: string
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  readonly ready: readonly ReadyPlan[]
  readonly timeoutMs: number
  readonly reuse: boolean
  readonly echo: readonly ('stdout' | 'stderr')[]
}
