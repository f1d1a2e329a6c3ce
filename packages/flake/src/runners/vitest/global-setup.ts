import type { Vitest } from 'vitest/node'

interface GlobalSetups {
  initializeGlobalSetup?(...of: unknown[]): Promise<void>
}

/** Tells what a global setup threw: Vitest prints it after the run has ended, and tells no reporter. */
export function onGlobalSetupError(vitest: Vitest, told: (thrown: unknown) => void): void {
  const setups = vitest as unknown as GlobalSetups
  const initialize = setups.initializeGlobalSetup?.bind(vitest)
  if (initialize === undefined) return
  setups.initializeGlobalSetup = async (...of) => {
    try {
      await initialize(...of)
    } catch (thrown) {
      told(thrown)
      throw thrown
    }
  }
}
