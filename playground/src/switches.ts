/** Faults that can be switched on in the app and its seed, to have something to find. All off by default. */
export interface Switches {
  /** `PLAYGROUND_GAP_PROGRAM=1`: the seeded program admin has no program. */
  readonly gapProgram: boolean
  /** `PLAYGROUND_GAP_COURSE=1`: the seeded instructor has sections, but sees no course. */
  readonly gapCourse: boolean
  /** `PLAYGROUND_SKIP_VERIFY=1`: the seed contract is not checked, so that its gaps reach the tests. */
  readonly skipVerify: boolean
  /** `PLAYGROUND_DIALOG_STAYS_OPEN=1`: the profile dialog does not close after saving. */
  readonly dialogStaysOpen: boolean
  /** `PLAYGROUND_COLD_FIGURES=<0..1>`: share of dashboards whose script asks before the figures are ready. */
  readonly coldFigures: number
  /** `PLAYGROUND_MAIL_RELAY=<directory>`: all mail of the machine goes through one queue, one at a time. */
  readonly mailRelay: string | undefined
  /** `PLAYGROUND_MAIL_MS`: how long the relay takes for one mail, in ms, 250 by default. */
  readonly mailMs: number
}

/** Reads the switches from environment variables. */
export function readSwitches(env: NodeJS.ProcessEnv = process.env): Switches {
  return {
    gapProgram: env['PLAYGROUND_GAP_PROGRAM'] === '1',
    gapCourse: env['PLAYGROUND_GAP_COURSE'] === '1',
    skipVerify: env['PLAYGROUND_SKIP_VERIFY'] === '1',
    dialogStaysOpen: env['PLAYGROUND_DIALOG_STAYS_OPEN'] === '1',
    coldFigures: Number(env['PLAYGROUND_COLD_FIGURES'] ?? 0),
    mailRelay: env['PLAYGROUND_MAIL_RELAY'] || undefined,
    mailMs: Number(env['PLAYGROUND_MAIL_MS'] ?? 250),
  }
}
