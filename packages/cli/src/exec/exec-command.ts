import { Command } from 'commander'
import { withSandboxFlags } from '../sandbox-flags.ts'
import type { ExecFlags } from './exec.ts'

const examples = `
Examples:
  isolane exec -- npm run dev                          a database and a port of its own
  isolane exec --lanes test/lanes.ts -- node seed.ts
  isolane exec --sandbox -- npm test                   any command, in whatever language (Linux)
  isolane exec --sandbox --keep 'out/**' -- make

What the command gets:
  a lane     as lanes.ts says, here or in a directory above, or the file of --lanes; where there is none, an empty
             SQLite database, a port and a temp directory. Its variables are in the environment: DATABASE_URL
             and DATABASE_PATH, PORT, TMPDIR and whatever else the file names
  a sandbox  with --sandbox, or an option that says what it is like: a network, files and processes of its
             own. Where there is no lanes file, the sandbox alone

Lane and sandbox end with the command, and what it wrote in them goes with them.

Exit codes:
  0    the command succeeded
  2    the command or an option is wrong, or the command cannot be started
  4    a lane or a sandbox cannot be had (isolane doctor says why); nothing was run
  other codes are those of the command; 128 + n when it was ended by signal n`

/** `isolane exec`: runs any command on a lane of its own, in a sandbox of its own, or both. */
export function execCommand(done: (exitCode: number) => void): Command {
  const command = new Command('exec')
    .description('run any command on a lane of its own, or in a sandbox')
    .usage('[options] -- <command>')
    .argument('<command...>', 'any command')
    .option('--lanes <file>', 'module that exports lanes (default: lanes.ts, here or above)')
    .option('--no-lanes', 'no lane, also where there is a lanes file')
    .option('--sandbox', 'run it in a sandbox (Linux)')
  return withSandboxFlags(command)
    .helpOption('-h, --help', 'print this help')
    .addHelpText('after', examples)
    .passThroughOptions()
    .action(async (words: string[], flags: ExecFlags) => {
      const { exec } = await import('./exec.ts')
      done(await exec(words, flags))
    })
}
