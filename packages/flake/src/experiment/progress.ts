/** What `isolane flake` is doing, for people who wait. */
export interface Progress {
  /** A line about what is tried now. */
  step(text: string): void
  /** A line that should be read even when it is quiet. */
  note(text: string): void
}

/** A time in whole seconds, at least one. */
export function seconds(ms: number): string {
  return `${Math.max(1, Math.round(ms / 1000))} s`
}
