import { InvalidArgumentError } from 'commander'
import type { Command } from 'commander'

/** What commander gives of {@link withSandboxFlags}. */
export interface SandboxFlags {
  readonly parts?: string
  readonly forward?: readonly string[]
  readonly keep?: readonly string[]
  readonly writable?: readonly string[]
  readonly root?: string
}

/** Adds the options that say what a sandbox is like, to a command that makes some. */
export function withSandboxFlags(command: Command): Command {
  return command
    .option('--parts <list>', 'parts of the sandbox, joined with commas (default: all)')
    .option(
      '--forward <address>',
      'service of this machine that is reached from inside: 5432, host:port, path of a socket (repeatable)',
      list,
    )
    .option('--keep <glob>', 'files that are copied back at the end (repeatable)', list)
    .option('--writable <path>', 'file or directory that is shared with inside (repeatable)', list)
    .option('--root <directory>', 'root of the project (default: workspace or package around here)')
}

function list(value: string, before: readonly string[] = []): readonly string[] {
  if (value === '') throw new InvalidArgumentError('It must not be empty.')
  return [...before, value]
}
