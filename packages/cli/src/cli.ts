import { readFileSync } from 'node:fs'
import { isIsolaneError } from '@isolane/record/worker'
import { Command, CommanderError } from 'commander'

/** Those of `isolane flake`. */
const exitCodes = { usage: 2, infrastructure: 4 }

const examples = `
Examples:
  isolane flake -- npx vitest run    why do tests fail only sometimes? parallel against alone
  isolane run -- npx vitest run      the same suite, every worker in a sandbox
  isolane help flake                 options, examples and exit codes of a command`

/**
 * The `isolane` command.
 *
 * @param argv the words behind `isolane`.
 * @returns the exit code; the caller sets it.
 */
export async function main(argv: readonly string[]): Promise<number> {
  let exitCode = 0
  const program = new Command('isolane')
    .description(
      'Gives test workers a world of their own, and finds out why tests fail only sometimes.',
    )
    .version(version(), '-v, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .enablePositionalOptions()
    .showSuggestionAfterError(true)
    .showHelpAfterError('Hint: isolane --help lists the commands.')
    .configureHelp({ showGlobalOptions: false })
    .addHelpText('after', examples)
  const done = (code: number): void => {
    exitCode = code
  }
  for (const command of await commandsFor(argv[0], done)) {
    const name = command.name()
    command
      .copyInheritedSettings(program)
      .showHelpAfterError(
        `Hint: isolane ${name} ${command.usage()}; isolane help ${name} tells more.`,
      )
      .exitOverride()
    program.addCommand(command)
  }
  program.exitOverride()
  try {
    if (argv.length === 0) {
      program.outputHelp({ error: true })
      return exitCodes.usage
    }
    await program.parseAsync(asked(argv), { from: 'user' })
    return exitCode
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitCodes.usage
    if (isIsolaneError(error)) {
      process.stderr.write(`isolane: ${error.message}\n`)
      return error.code === 'ISOLANE_OPTION' || error.code === 'ISOLANE_COMMAND'
        ? exitCodes.usage
        : exitCodes.infrastructure
    }
    throw error
  }
}

/** The help of a command that is not there is asked for as that command, which is an error with its nearest name. */
function asked([first, ...rest]: readonly string[]): string[] {
  const [name] = rest
  const unknown = first === 'help' && name !== undefined && !Object.hasOwn(commands, name)
  return unknown ? [name] : [...(first === undefined ? [] : [first]), ...rest]
}

type Make = (done: (exitCode: number) => void) => Command

/** Each is loaded only when it is asked for: some packages take longer to load than many a test command. */
const commands: Readonly<Record<string, () => Promise<Make>>> = {
  run: async () => (await import('./run/run-command.ts')).runCommand,
  exec: async () => (await import('./exec/exec-command.ts')).execCommand,
  flake: async () => (await import('./flake-command.ts')).flakeCommand,
  record: async () => (await import('./record-command.ts')).recordCommand,
  compare: async () => (await import('./compare-command.ts')).compareCommand,
  history: async () => (await import('./history-command.ts')).historyCommand,
  doctor: async () => (await import('./doctor-command.ts')).doctorCommand,
  clean: async () => (await import('./clean-command.ts')).cleanCommand,
}

/** The command that is named; all of them where help or an unknown word asks for their names. */
async function commandsFor(
  name: string | undefined,
  done: (exitCode: number) => void,
): Promise<readonly Command[]> {
  const named = name !== undefined && Object.hasOwn(commands, name) ? commands[name] : undefined
  const loads = named === undefined ? Object.values(commands) : [named]
  const makes = await Promise.all(loads.map((load) => load()))
  return makes.map((make) => make(done))
}

function version(): string {
  const manifest: unknown = JSON.parse(
    readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
  )
  return typeof manifest === 'object' && manifest !== null && 'version' in manifest
    ? String(manifest.version)
    : 'unknown'
}
