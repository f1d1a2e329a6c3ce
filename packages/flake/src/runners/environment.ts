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
  /** File to which every process notes the ports, files and databases that it touches. */
  touches: 'ISOLANE_TOUCHES',
  /** JSON of the worker that started a process, for runners that do not tell by variables of their own. */
  touchedBy: 'ISOLANE_TOUCHED_BY',
  /** JSON: after which silence a run is held to hang, and the file that says so. See `HangWish`. */
  hang: 'ISOLANE_HANG',
  /** How many files `node --test` runs at a time: it tells no reporter. */
  nodeTestWorkers: 'ISOLANE_NODE_TEST_WORKERS',
  /** Name of a worker of Vitest 4.1, whose own number changes with every file. */
  vitestWorker: 'ISOLANE_VITEST_WORKER',
  /** `1`: the command line displaced the reporters of the user's configuration; bring them back. */
  restore: 'ISOLANE_RESTORE_REPORTERS',
} as const
