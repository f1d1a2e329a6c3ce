/** One thing that is held by `npm run check`. */
export interface Check {
  /** The word that selects it: `npm run check -- <name>`. */
  name: string
  /** What it makes sure of, as an end to "checks that …". */
  promise: string
  /** Resolves to what is wrong, ready to print; an empty string when nothing is. */
  run: () => Promise<string>
}
