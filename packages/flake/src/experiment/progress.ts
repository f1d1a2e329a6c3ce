/** What `isolane flake` is doing, for people who wait. */
export interface Progress {
  /** A line about what is tried now. */
  step(text: string): void
  /** A line that should be read even when it is quiet. */
  note(text: string): void
}
