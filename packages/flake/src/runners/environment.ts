/** Variables by which `isolane flake` speaks to the reporter inside a runner. */
export const environment = {
  /** File to write the record to. */
  record: 'ISOLANE_RECORD',
  /** File with a JSON array of files: they start in this order. */
  order: 'ISOLANE_ORDER',
  /** File that says which tests run, in which order and how often. See `Selection`. */
  selection: 'ISOLANE_SELECTION',
  /** File in which Jest's workers say who runs which file. */
  jestPlaces: 'ISOLANE_JEST_PLACES',
  /** `1`: the command line displaced the reporters of the user's configuration; bring them back. */
  restore: 'ISOLANE_RESTORE_REPORTERS',
} as const
