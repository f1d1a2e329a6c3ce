import { relative } from 'node:path'
import { exitCodes, recordRun } from '@isolane/flake'
import { Command } from 'commander'
import pc from 'picocolors'
import { stopSignals } from './stop-signals.ts'

const examples = `
Examples:
  isolane record -- npx vitest run
  isolane record --out records/shard-1.jsonl -- npx vitest run --shard=1/4
  isolane record --junit 'out/*.xml' -- make test

Keep the records as artefacts of your CI, and examine them where there is time:
  isolane flake --from 'records/*.jsonl' -- npx vitest run

The exit code is that of the command; 4 when the runner died before it wrote a record.`

interface Flags {
  readonly out?: string
  readonly junit?: string
}

/** `isolane record`: runs a test command as it is and keeps its record. */
export function recordCommand(done: (exitCode: number) => void): Command {
  return new Command('record')
    .description('run a test command as it is and keep a record of who ran where and when')
    .usage('[options] -- <test command>')
    .argument('<command...>', 'a command of Vitest, Jest, Playwright Test, pytest or node --test')
    .option('--out <file>', 'path of the record (default: .isolane/records/<time>.jsonl)')
    .option(
      '--junit <files>',
      'JUnit XML that the command writes, for any other runner: a quoted glob',
    )
    .helpOption('-h, --help', 'print this help')
    .addHelpText('after', examples)
    .passThroughOptions()
    .action(async (command: string[], flags: Flags) => {
      done(await record(command, flags))
    })
}

async function record(command: readonly string[], { out, junit }: Flags): Promise<number> {
  const { stdout, stderr } = process
  const stop = stopSignals(() =>
    stderr.write('isolane: stopping: the running tests are ended, and what is known is kept\n'),
  )
  try {
    const { exitCode, path } = await recordRun({
      command,
      echo: stdout,
      color: pc.isColorSupported && stdout.isTTY,
      signal: stop.signal,
      ...(out === undefined ? {} : { out }),
      ...(junit === undefined ? {} : { junit: { files: junit } }),
    })
    if (path !== undefined) {
      stderr.write(`isolane: record: ${relative(process.cwd(), path)}\n`)
    } else {
      stderr.write('isolane: the runner wrote no record; its output says why\n')
    }
    if (stop.exitCode !== undefined) return stop.exitCode
    return path === undefined ? exitCodes.infrastructure : (exitCode ?? exitCodes.infrastructure)
  } finally {
    stop.release()
  }
}
