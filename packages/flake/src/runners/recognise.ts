import { parseCommand } from './command.ts'
import type { Driver } from './driver.ts'
import { jestDriver } from './jest/driver.ts'
import { playwrightDriver } from './playwright/driver.ts'
import { vitestDriver } from './vitest/driver.ts'

/**
 * The driver for a test command.
 *
 * @param cwd absolute directory in which the command runs.
 * @throws `ISOLANE_OPTION` when the command is not one of a supported runner.
 */
export function recognise(command: readonly string[], cwd: string): Driver {
  const parsed = parseCommand(command)
  return drivers[parsed.runner](parsed, cwd)
}

const drivers = { vitest: vitestDriver, jest: jestDriver, playwright: playwrightDriver }
