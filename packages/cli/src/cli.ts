import { readFileSync } from 'node:fs'
import { isIsolaneError } from '@isolane/record'
import { Command, CommanderError } from 'commander'
import { runCommand } from './run/run-command.ts'

/** Those of `isolane flake`, whose package takes longer to load than many a test command. */
const exitCodes = { usage: 2, infrastructure: 4 }

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
      'Finds out why tests fail only sometimes, and looks after the lanes of test workers.',
    )
    .version(version(), '-v, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .enablePositionalOptions()
    .showSuggestionAfterError(true)
    .showHelpAfterError('Hint: isolane --help lists the commands; isolane help flake its options.')
    .configureHelp({ showGlobalOptions: false })
  const done = (code: number): void => {
    exitCode = code
  }
  for (const command of argv[0] === 'run' ? [runCommand(done)] : await allCommands(done)) {
    program.addCommand(command.copyInheritedSettings(program).exitOverride())
  }
  program.exitOverride()
  try {
    if (argv.length === 0) {
      program.outputHelp({ error: true })
      return exitCodes.usage
    }
    await program.parseAsync([...argv], { from: 'user' })
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

async function allCommands(done: (exitCode: number) => void): Promise<readonly Command[]> {
  const [flake, record, compare, history, doctor, clean] = await Promise.all([
    import('./flake-command.ts'),
    import('./record-command.ts'),
    import('./compare-command.ts'),
    import('./history-command.ts'),
    import('./doctor-command.ts'),
    import('./clean-command.ts'),
  ])
  return [
    runCommand(done),
    flake.flakeCommand(done),
    record.recordCommand(done),
    compare.compareCommand(done),
    history.historyCommand(done),
    doctor.doctorCommand(done),
    clean.cleanCommand(done),
  ]
}

function version(): string {
  const manifest: unknown = JSON.parse(
    readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
  )
  return typeof manifest === 'object' && manifest !== null && 'version' in manifest
    ? String(manifest.version)
    : 'unknown'
}
