/** The group of every test file of a run that has one: absolute path to name. What worker and main process both know. */
export type FileGroups = Readonly<Record<string, string>>

/** The key under which Vitest hands the groups to its workers. */
export const groupsKey = 'isolane:groups'

/** Tells a worker that is about to be made whose lane it shall have. */
export const groupVariable = 'ISOLANE_GROUP'

declare module 'vitest' {
  interface ProvidedContext {
    'isolane:groups': FileGroups
  }
}
