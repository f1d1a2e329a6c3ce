import { BaseSequencer } from 'vitest/node'

// Files in the order of their names, whatever the cache says.
class ByName extends BaseSequencer {
  sort(files) {
    return files.toSorted((a, b) => (a.moduleId < b.moduleId ? -1 : 1))
  }
}

export default { test: { sequence: { sequencer: ByName } } }
