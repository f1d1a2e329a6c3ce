import { Command } from 'commander'
import { withSandboxFlags } from '../sandbox-flags.ts'
import { wholeNumber } from '../whole-number.ts'
import type { RunFlags } from './run-options.ts'

const examples = `
Examples:
  isolane run -- npx vitest run
  isolane run -- npx jest
  isolane run -- npx playwright test
  isolane run -- npm test                              any launcher: npm, pnpm, yarn, node
  isolane run --workers 4 -- npx vitest run
  isolane run --forward 5432 -- npm test               lets a service of this machine in
  isolane run --keep 'reports/**' -- npm test          copies what tests write there back

Parts of the sandbox that every worker gets (--parts):
  network    a loopback of its own: all workers may listen on port 3000
  files      a copy-on-write view of the project, and a /tmp of its own: all may write ./test.db
  processes  what a worker has started ends with it

Side by side: a suite whose config or command turned parallelism off runs with a worker for every
core; every other suite with the runner's own number. --workers says how many.

A worker has ISOLANE_RUN, ISOLANE_LANE and ISOLANE_SLOT in its environment. PORT and DATABASE_URL
stay as they are.

Exit codes:
  0    the command succeeded
  2    the command or an option is wrong, or the command cannot be started
  4    sandboxes cannot be had on this machine (isolane doctor says why); nothing was run
  other codes are those of the command; 128 + n when it was ended by signal n

Paths and globs start from the current directory. A directory that --writable names is made.

Report: .isolane/sandbox.json: per worker, which files, ports and sockets it used.`

/** `isolane run`: runs a test command with every worker in a sandbox. Linux only. */
export function runCommand(done: (exitCode: number) => void): Command {
  const command = new Command('run')
    .description(
      'run a test command unchanged, with every test worker in a sandbox of its own (Linux)',
    )
    .usage('[options] -- <test command>')
    .argument('<command...>', 'a command that runs Vitest, Jest or Playwright Test')
    .option('--workers <n>', 'workers at a time, or auto: one for every core', workers)
  return withSandboxFlags(command)
    .option('--shared-webserver', "Playwright's webServer stays outside, one for all workers")
    .option('--json', 'print sandbox.json to standard output, all else to standard error')
    .helpOption('-h, --help', 'print this help')
    .addHelpText('after', examples)
    .passThroughOptions()
    .action(async (command: string[], flags: RunFlags) => {
      const { run } = await import('./run.ts')
      done(await run(command, flags))
    })
}

function workers(text: string): number | 'auto' {
  return text === 'auto' ? text : wholeNumber(text, 'a whole number from 1 on, or auto')
}
