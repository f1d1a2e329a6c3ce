import { basename } from 'node:path'
import { parseCommand } from './command.ts'
import type { Driver } from './driver.ts'
import { jestDriver } from './jest/driver.ts'
import { anyCommandDriver } from './junit/any-command.ts'
import type { JUnitOptions } from './junit/any-command.ts'
import { pytestDriver } from './junit/pytest.ts'
import { behindScripts } from './npm-script.ts'
import { nodeTestDriver } from './node-test/driver.ts'
import { playwrightDriver } from './playwright/driver.ts'
import { vitestDriver } from './vitest/driver.ts'

const drivers = { vitest: vitestDriver, jest: jestDriver, playwright: playwrightDriver }

/**
 * The driver for a test command, or for a script of `package.json` that is one.
 *
 * @param cwd absolute directory in which the command runs.
 * @param junit how a command of any other runner is understood.
 * @throws `ISOLANE_OPTION` when the command is not one of a supported runner.
 */
export function recognise(command: readonly string[], cwd: string, junit?: JUnitOptions): Driver {
  if (junit !== undefined) return anyCommandDriver(command, junit, cwd)
  const words = behindScripts(command, cwd)
  return preset(words, cwd) ?? fromPackage(words, cwd)
}

function fromPackage(command: readonly string[], cwd: string): Driver {
  const parsed = parseCommand(command)
  return drivers[parsed.runner](parsed, cwd)
}

// Runners that are no packages of npm and write JUnit XML themselves.
function preset(command: readonly string[], cwd: string): Driver | undefined {
  const [first = '', ...rest] = command
  const name = basename(first)
  if (name === 'pytest' || name === 'py.test') return pytestDriver([first], rest, cwd)
  if (/^python(\d(\.\d+)?)?$/.test(name) && rest[0] === '-m' && rest[1] === 'pytest') {
    return pytestDriver([first, '-m', 'pytest'], rest.slice(2), cwd)
  }
  const isNode = name === 'node' || name === 'node.exe'
  return isNode && rest.includes('--test') ? nodeTestDriver(first, rest) : undefined
}
