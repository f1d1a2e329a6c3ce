import { existsSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { IsolaneError } from '@isolane/record'
import { shellLine } from './shell.ts'

/** A runner whose commands are understood. */
export type RunnerName = 'vitest' | 'jest' | 'playwright'

/** A test command taken apart. */
export interface ParsedCommand {
  readonly runner: RunnerName
  /** Words that start the runner, its own name included. */
  readonly launcher: readonly [string, ...string[]]
  /** Words for the runner. */
  readonly args: readonly string[]
}

const launchers: readonly (readonly [string, ...string[]])[] = [
  ['npx'],
  ['npm', 'exec'],
  ['npm', 'x'],
  ['pnpm', 'exec'],
  ['pnpm'],
  ['yarn'],
  ['bunx'],
]

/**
 * Recognises the runner in a command: `vitest`, `jest`, `playwright`, a path to one of them, or one of them
 * behind `npx`, `npm exec`, `pnpm exec` or `yarn`.
 *
 * @throws `ISOLANE_OPTION` for every other command.
 */
export function parseCommand(command: readonly string[]): ParsedCommand {
  const [first] = command
  if (first === undefined) throw unknownCommand(command)
  const direct = runnerIn(first)
  if (direct !== undefined) {
    return { runner: direct, launcher: [first], args: command.slice(1) }
  }
  if (basename(first).replace(/\.exe$/, '') === 'node') return nodeCommand(command, first)
  for (const launcher of launchers) {
    if (!launcher.every((word, at) => command[at] === word)) continue
    let at = launcher.length
    while (/^-(-|y$)/.test(command[at] ?? '')) at += 1
    const word = command[at]
    const runner = word === undefined ? undefined : runnerIn(word)
    if (word === undefined || runner === undefined) continue
    const lead = command.slice(launcher.length, at)
    // npm takes options behind the command for its own unless a "--" ends them.
    const mark = launcher[0] === 'npm' && !lead.includes('--') ? ['--'] : []
    return {
      runner,
      launcher: [...launcher, ...lead, ...mark, word],
      args: command.slice(at + 1).filter((arg, place) => place > 0 || arg !== '--'),
    }
  }
  throw unknownCommand(command)
}

/**
 * The words that start the runner without a package manager in between, when it is installed for `cwd`;
 * otherwise those that the user gave.
 */
export function directLauncher(parsed: ParsedCommand, cwd: string): readonly [string, ...string[]] {
  const [first] = parsed.launcher
  if (parsed.launcher.length === 1 && first.includes('/')) return parsed.launcher
  if (basename(first).startsWith('node')) return parsed.launcher
  const name = process.platform === 'win32' ? `${parsed.runner}.cmd` : parsed.runner
  for (let dir = cwd; ; dir = dirname(dir)) {
    const path = join(dir, 'node_modules', '.bin', name)
    if (existsSync(path)) return [path]
    if (dirname(dir) === dir) return parsed.launcher
  }
}

function nodeCommand(command: readonly string[], first: string): ParsedCommand {
  const at = command.findIndex((word, place) => place > 0 && !word.startsWith('-'))
  const script = command[at] ?? ''
  const path = script.replaceAll('\\', '/')
  const runner = /(^|\/)(vitest\.mjs|\.bin\/vitest|vitest\/dist\/cli\.js)$/.test(path)
    ? 'vitest'
    : /(^|\/)(@?playwright(\/test)?\/cli\.js|\.bin\/playwright)$/.test(path)
      ? 'playwright'
      : /(^|\/)(jest\/bin\/jest\.js|jest-cli\/bin\/jest\.js|\.bin\/jest)$/.test(path)
        ? 'jest'
        : undefined
  if (runner === undefined) throw unknownCommand(command)
  return {
    runner,
    launcher: [first, ...command.slice(1, at + 1)],
    args: command.slice(at + 1),
  }
}

function runnerIn(word: string): RunnerName | undefined {
  const name = basename(word.replaceAll('\\', '/')).replace(/\.(cmd|ps1|exe|mjs)$/, '')
  return name === 'vitest' || name === 'jest' || name === 'playwright' ? name : undefined
}

function unknownCommand(command: readonly string[]): IsolaneError {
  const given = command.length === 0 ? 'no command' : `"${shellLine(command)}"`
  return new IsolaneError('ISOLANE_OPTION', {
    message: `isolane flake cannot run ${given}: it knows the commands of Vitest, Jest, Playwright Test, pytest and node --test`,
    hint: 'give the runner itself: isolane flake -- npx vitest run, or isolane flake -- npx playwright test; any other runner with --junit and --rerun',
    details: {
      command: [...command],
      supported: ['vitest', 'jest', 'playwright test', 'pytest', 'node --test'],
    },
  })
}
