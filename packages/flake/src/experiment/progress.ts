/** What `isolane flake` is doing, for people who wait. */
export interface Progress {
  /** A line about what is tried now. */
  step(text: string): void
  /** A line that should be read even when it is quiet. */
  note(text: string): void
}

/** A time in whole seconds, at least one, or in minutes. */
export function rounded(ms: number): string {
  const seconds = Math.max(1, Math.round(ms / 1000))
  return seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`
}
