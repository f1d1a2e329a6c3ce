import type { Threads } from './provision/threads.ts'

/** Facts about one lane that every verb of a resource may use. */
export interface LaneFacts {
  /** Unique on the machine, for example `3f9a2b1c-5`. */
  readonly id: string
  /** 1-based number of the lane inside its run; never reused while the run lives. */
  readonly number: number
  /** Id (UUID) of the run that owns the lane. */
  readonly run: string
  /** Directory of the lane, mode 0700. It goes when the lane is closed. */
  readonly dir: string
}

/** Environment variables, names and values. */
export type Env = Readonly<Record<string, string>>

/** Handles of the resources declared above a resource, by their names. */
export type Above = Readonly<Record<string, unknown>>

/** What `prepare` may use. */
export interface PrepareContext {
  /** The resource's name in `defineLanes`. */
  readonly name: string
  /** Absolute project root. Relative paths in a resource's options start here. */
  readonly root: string
  /** Directory (0700) of this machine's templates. Shared by all runs: finish with an atomic rename. */
  readonly templatesDir: string
  /** Threads for work that must not block the runner's main process. */
  readonly threads: Threads
  readonly signal: AbortSignal
  /** Runs `work` while holding a machine-wide lock, which is freed when its holder dies. */
  locked<T>(name: string, work: () => Promise<T>): Promise<T>
  /** Build anew although a template is there: the user has asked for it. Default false. */
  readonly rebuild?: boolean | undefined
  /** Tells the user what takes long, as one short line. */
  progress(message: string): void
}

/** One lease and who holds it. */
export interface LeaseHolder {
  readonly name: string
  /** Id of the lane. */
  readonly lane: string
  readonly run: string
  /** Main process of the run. */
  readonly pid: number
}

/** Records what a lane holds of the machine, so that it is given back even when the host is killed. */
export interface Holdings {
  /** Leases `kind`/`name` for this lane. False when another live lane of this machine holds it. */
  lease(kind: string, name: string): Promise<boolean>
  /** Gives a lease back. Harmless when it is not held. */
  release(kind: string, name: string): Promise<void>
  /**
   * Names of `kind` held by live lanes of this machine, this lane's own included.
   */
  leased(kind: string): Promise<string[]>
  /** Who holds the leases of `kind` on this machine, for messages. */
  holders(kind: string): Promise<LeaseHolder[]>
  /** Records a process group started for this lane; whoever cleans up after a kill ends it. */
  started(pid: number): Promise<void>
  /** Forgets a process group that has ended. */
  ended(pid: number): Promise<void>
}

/** What `provision` may use. Called once per lane. */
export interface ProvisionContext<Template> {
  readonly name: string
  readonly root: string
  /** What `prepare` gave. */
  readonly template: Template
  readonly lane: LaneFacts
  /** A directory (0700) of this resource alone, inside the lane's directory. */
  readonly dir: string
  /** The environment of the resources declared above, and Isolane's own variables. */
  readonly env: Env
  /** Handles of the resources declared above, opened in the host. Reading a name that is not above throws. */
  readonly above: Above
  readonly threads: Threads
  /** Directory for what needs a short path, a socket for example. Default: `os.tmpdir()`. */
  readonly temp?: string | undefined
  readonly holdings: Holdings
  readonly signal: AbortSignal
  /** How many lanes the run may need at the same time, spares included. */
  readonly lanesWanted: number
  /** `hook` runs when every resource of the lane is provisioned: this moment is the lane's base. */
  onBase(hook: () => Promise<void>): void
}

/** What `provision` gives: plain data that travels to workers, and variables for their environment. */
export interface Provisioned<Data> {
  readonly data: Data
  readonly env?: Env
}

/** What `open` may use. */
export interface OpenContext {
  readonly name: string
  readonly lane: LaneFacts
  /** `hook` runs when the side that opened the handle is done with the lane. */
  onClose(hook: () => void | Promise<void>): void
}

/** What `reset` may use. */
export interface ResetContext {
  readonly name: string
  readonly lane: LaneFacts
  readonly dir: string
  readonly threads: Threads
  readonly signal: AbortSignal
  /** New files instead of the old ones with their old content: for tests of what only a new file shows. Default false. */
  readonly fresh?: boolean
}

/** `ok: false` means the lane is not at its base and must be replaced; `reason` says why, in words for the user. */
export type ResetOutcome = { readonly ok: true } | { readonly ok: false; readonly reason: string }

/** What `dispose` may use. */
export interface DisposeContext {
  readonly name: string
  readonly lane: LaneFacts
  readonly dir: string
  readonly holdings: Holdings
}

/** What can be shown of a lane when a test failed in it. */
export interface Evidence {
  /** One short line for a terminal, without control characters. */
  readonly summary: string
  /** A file kept for the user, and the one-line command that opens it. */
  readonly kept?: { readonly path: string; readonly open: string }
  /** Longer text, for an attachment. */
  readonly detail?: string
}

/**
 * One kind of thing in a lane. Five verbs, in the order of a lane's life:
 *
 * | verb | where | when |
 * |---|---|---|
 * | `prepare` | host | once per run: find or build the template |
 * | `provision` | host | once per lane: make the copy; gives plain data, which travels to workers |
 * | `open` | worker, and host for the resources declared below | first use: the data becomes the handle a test holds |
 * | `reset` | host | back to the lane's base, with connections open; verifies itself and says when it cannot |
 * | `dispose` | host, or whoever cleans up later | idempotent: the holder may have been killed |
 *
 * @typeParam Handle what a test holds.
 * @typeParam Data plain, JSON-serialisable data.
 * @typeParam Template plain data that `prepare` gives to every `provision`.
 * @typeParam Needs handles that must be declared above, by name.
 */
export interface Resource<
  Handle = unknown,
  Data = unknown,
  Template = unknown,
  Needs extends Above = Above,
> {
  /** For messages and directories: `sqlite`, `port`, … */
  readonly kind: string
  /** Compile-time only: handles this resource reads from those declared above it. */
  readonly needs?: Needs
  /** The most lanes this resource can serve at once on this machine; absent when there is no limit. */
  capacity?(context: Pick<Holdings, 'leased'>): Promise<number>
  /**
   * Files, directories or globs that the template is made from, relative to the project root. Watch mode makes the
   * template again when one of them changes.
   */
  readonly inputs?: readonly string[]
  prepare(context: PrepareContext): Promise<Template>
  provision(context: ProvisionContext<Template>): Promise<Provisioned<Data>>
  open(data: Data, context: OpenContext): Handle
  reset(data: Data, context: ResetContext): Promise<ResetOutcome>
  dispose(data: Data, context: DisposeContext): Promise<void>
  /** Looks at the lane after a failed test and keeps what helps to understand it. `into` is a directory for kept files. */
  evidence?(
    data: Data,
    context: ResetContext & { readonly into: string },
  ): Promise<Evidence | undefined>
  /**
   * Makes the state of this moment the lane's base. Called after something that belongs to the base
   * (signed-in sessions, say) was added to a lane no test has used yet.
   */
  rebase?(data: Data, context: ResetContext): Promise<void>
}
