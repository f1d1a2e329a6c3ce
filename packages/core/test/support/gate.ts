/** Holds something up until the test lets it go on. */
export interface Gate {
  /** What is held up calls and awaits this. */
  pass(): Promise<void>
  /** Resolves when somebody has come to the gate. */
  readonly reached: Promise<void>
  open(): void
}

export function gate(): Gate {
  const reached = Promise.withResolvers<void>()
  const opened = Promise.withResolvers<void>()
  return {
    pass: async () => {
      reached.resolve()
      await opened.promise
    },
    reached: reached.promise,
    open: opened.resolve,
  }
}
