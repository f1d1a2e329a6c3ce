/** Work done in a thread pool, so that the runner's main process never blocks on a database or a large copy. */
export interface Threads {
  /** Runs the named export of a module in a thread. Arguments and result are structured clones. */
  run<Result>(module: URL, name: string, argument: unknown, signal?: AbortSignal): Promise<Result>
}
