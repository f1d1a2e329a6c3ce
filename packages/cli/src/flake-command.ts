import { relative } from 'node:path'
import {
  annotations,
  exitCodes,
  flake,
  readExpectations,
  terminal,
  verdicts,
  verifyFix,
} from '@isolane/flake'
import type {
  FlakeOptions,
  FlakeResult,
  JUnitOptions,
  Verdict,
  VerifyOptions,
} from '@isolane/flake'
import { IsolaneError } from '@isolane/record'
import { plain } from '@isolane/record/worker'
import { Command, InvalidArgumentError } from 'commander'
import pc from 'picocolors'
import { parseDuration } from './duration.ts'
import { echoWithoutAnnotations } from './echo-without-annotations.ts'
import { sandboxOfMachine } from './sandbox-of-machine.ts'
import { StderrProgress } from './stderr-progress.ts'
import { stopSignals } from './stop-signals.ts'
import { wholeNumber } from './whole-number.ts'

interface Flags {
  readonly runs: number
  readonly budget?: number
  readonly thorough?: true
  readonly hangAfter?: number
  readonly allPolluters?: true
  readonly resume?: true
  readonly from?: readonly string[]
  readonly verifyFix?: string
  readonly junit?: string
  readonly rerun?: string
  readonly sandbox: boolean
  readonly failOn?: ReadonlySet<Verdict>
  readonly quarantine?: string
  readonly expect?: string
  readonly json?: true
}

const examples = `
Examples:
  isolane flake -- npx vitest run
  isolane flake -- npm test                                   a script that is one command of a runner
  isolane flake --runs 5 -- npx vitest run test/server
  isolane flake --budget 3m -- npx playwright test --workers=4
  isolane flake --from 'records/*.jsonl' -- npx vitest run    recorded in CI, examined here
  isolane flake --verify-fix 'cart > starts empty' -- npx vitest run
  isolane flake --fail-on consistent,setup -- npx vitest run
  isolane flake --quarantine tests/quarantine.json -- npx vitest run

Exit codes:
  0  nothing failed, or nothing that --fail-on names and that is not in quarantine
  1  a test fails consistently, or its setup does
  2  the command or an option is wrong
  3  flaky tests, or a quarantine that has expired
  4  a worker died, results are missing, or most tests failed at once
  5  the budget ended before every finding had its verdict
  130  stopped with ctrl-C; what is known is in the report

Reports in .isolane/flake: report.html (opens from disk), report.json, junit.xml, ctrf.json, summary.md
(also in $GITHUB_STEP_SUMMARY). What is remembered: isolane history.
Parallel is what the command says: on a machine with few cores, ask for workers
(--maxWorkers 4 for Vitest, --workers=4 for Playwright).`

/** `isolane flake`: parallel against alone, and why. */
export function flakeCommand(done: (exitCode: number) => void): Command {
  return new Command('flake')
    .description('run a test command and find out, by experiment, why its tests fail')
    .usage('[options] -- <test command>')
    .argument('<command...>', 'a command of Vitest, Jest, Playwright Test, pytest or node --test')
    .option(
      '--runs <n>',
      'run the command so often before the experiments',
      (text) => wholeNumber(text),
      1,
    )
    .option(
      '--budget <time>',
      'time for the experiments: 90s, 5m (default: a fifth of the run, 30s to 5m)',
      budget,
    )
    .option('--thorough', 'half an hour of experiments')
    .option(
      '--hang-after <time>',
      'end a run of whose tests nothing is heard for so long (default: 60s, or what they are allowed)',
      budget,
    )
    .option('--resume', 'go on where a run of the same command was stopped with ctrl-C')
    .option(
      '--from <records>',
      'examine recorded runs instead of running the command first: a path or a quoted glob (repeatable)',
      (value: string, before: readonly string[] | undefined) => [...(before ?? []), value],
    )
    .option(
      '--junit <files>',
      'JUnit XML that the command writes, for any other runner: a quoted glob',
    )
    .option(
      '--rerun <command>',
      'with --junit: how some tests run again; {id}, {file}, {class} and {name} stand for them',
    )
    .option(
      '--verify-fix <test>',
      'run a test of the last report as often as its rate there asks for; exit code 0 when all pass',
    )
    .option('--all-polluters', 'search on after the first test that spoils another')
    .option('--no-sandbox', 'never isolate workers to see whether a failure vanishes')
    .option(
      '--fail-on <verdicts>',
      'verdicts that fail the run, joined with commas (default: all)',
      verdictList,
    )
    .option(
      '--quarantine <file>',
      'flaky tests that do not fail the run (default: isolane.quarantine.json, when it is there)',
    )
    .option(
      '--expect <file>',
      'compare the verdicts with those in a JSON file; exit code 0 when they match',
    )
    .option('--json', 'print report.json to standard output, all else to standard error')
    .helpOption('-h, --help', 'print this help')
    .addHelpText('after', examples)
    .passThroughOptions()
    .action(async (command: string[], flags: Flags) => {
      done(await run(command, flags))
    })
}

async function run(command: readonly string[], flags: Flags): Promise<number> {
  const { stdout, stderr } = process
  const json = flags.json === true
  const human = json ? stderr : stdout
  const color = pc.isColorSupported && human.isTTY
  const progress = new StderrProgress(stderr, pc.isColorSupported && stderr.isTTY)
  const expectations = flags.expect === undefined ? undefined : readExpectations(flags.expect)
  const stop = stopSignals(() =>
    progress.note(
      'stopping: the running tests are ended, then what is known is reported; --resume goes on from here',
    ),
  )
  const junit = junitOptions(flags)
  if (flags.verifyFix !== undefined) {
    const verified = verify(flags.verifyFix, {
      ...{ command, progress, signal: stop.signal },
      ...(junit === undefined ? {} : { junit }),
    })
    return await verified.finally(() => {
      progress.end()
      stop.release()
    })
  }
  const echo = isGithub() ? echoWithoutAnnotations(human) : human
  const options: FlakeOptions = {
    command,
    runs: flags.runs,
    echo,
    color,
    progress,
    signal: stop.signal,
    ...(flags.budget === undefined ? {} : { budgetMs: flags.budget }),
    ...(flags.thorough === undefined ? {} : { thorough: true }),
    ...(flags.hangAfter === undefined ? {} : { hangAfterMs: flags.hangAfter }),
    ...(junit === undefined ? {} : { junit }),
    ...(flags.from === undefined ? {} : { from: flags.from }),
    ...(flags.resume === undefined ? {} : { resume: true }),
    ...(flags.allPolluters === undefined ? {} : { allPolluters: true }),
    ...(flags.sandbox ? { sandbox: sandboxOfMachine } : {}),
    ...(flags.failOn === undefined ? {} : { failOn: flags.failOn }),
    ...(flags.quarantine === undefined ? {} : { quarantineFile: flags.quarantine }),
    ...(expectations === undefined ? {} : { expectations }),
  }
  try {
    const result = await flake(options)
    progress.end()
    if (echo !== human) await new Promise<void>((settle) => echo.end(settle))
    human.write(`${terminal(result.report, { width: human.columns ?? 120, color })}\n`)
    human.write(closing(result, color))
    human.write(annotationsForGithub(result))
    if (json) stdout.write(`${JSON.stringify(result.report, null, 2)}\n`)
    return stop.exitCode ?? result.exitCode
  } finally {
    progress.end()
    stop.release()
  }
}

function junitOptions({ junit, rerun }: Flags): JUnitOptions | undefined {
  if (junit !== undefined && rerun !== undefined) return { files: junit, rerun }
  if (junit === undefined && rerun === undefined) return undefined
  const [given, missing] = junit === undefined ? ['--rerun', '--junit'] : ['--junit', '--rerun']
  throw new IsolaneError('ISOLANE_OPTION', {
    message: `${given} needs ${missing}: one says where results are, the other how tests run again`,
    hint: "isolane flake --junit 'out/*.xml' --rerun 'pytest {id} --junitxml=out/again.xml' -- make test",
  })
}

async function verify(test: string, options: Omit<VerifyOptions, 'test'>): Promise<number> {
  const { finding, runs, failures, wanted, oldRate, fixed } = await verifyFix({ test, ...options })
  const old = `${Math.max(1, Math.round(oldRate * 100))} %`
  const luck = (1 - oldRate) ** runs
  const chance = luck < 0.001 ? 'less than 0.1 %' : `${(luck * 100).toPrecision(1)} %`
  const line = fixed
    ? `fixed: ${runs} of ${runs} runs passed; if it still failed in ${old} of them, that would be luck of ${chance}`
    : failures > 0
      ? `not fixed: ${failures} of ${runs} runs failed; the log of the last is in .isolane/flake/runs`
      : `not known: ${runs} of ${wanted} runs passed, then it was stopped`
  process.stdout.write(`${plain(finding.test.key)}: ${line}\n`)
  return fixed ? exitCodes.clean : failures > 0 ? exitCodes.flaky : exitCodes.undecided
}

function closing({ report, paths, exitCode, differences }: FlakeResult, color: boolean): string {
  const paint = pc.createColors(color)
  const lines: string[] = []
  if (differences !== undefined) {
    lines.push(
      differences.length === 0
        ? paint.green('All verdicts are the expected ones.')
        : paint.red('The verdicts are not the expected ones:'),
      ...differences.map((one) => `  - ${one}`),
    )
  } else if (report.findings.length === 0 && exitCode === exitCodes.clean) {
    lines.push(report.totals.tests === 0 ? 'No test ran.' : paint.green('No test failed.'))
  } else if (exitCode === exitCodes.undecided) {
    lines.push(
      'Not everything is decided. Hint: give it more time with --budget 10m or --thorough.',
    )
  }
  const place = (path: string): string => relative(process.cwd(), path) || path
  lines.push(paint.dim(`Report: ${place(paths.html)} and ${place(paths.report)}`))
  return `${lines.join('\n')}\n`
}

function isGithub(): boolean {
  return process.env['GITHUB_ACTIONS'] === 'true'
}

function annotationsForGithub({ report }: FlakeResult): string {
  if (!isGithub()) return ''
  const workspace = process.env['GITHUB_WORKSPACE'] ?? process.cwd()
  return annotations(report, { cwd: process.cwd(), workspace })
    .map((line) => `${line}\n`)
    .join('')
}

function budget(text: string): number {
  const ms = parseDuration(text)
  if (ms !== undefined) return ms
  throw new InvalidArgumentError('It must be a time such as 90s, 5m or 1h.')
}

function verdictList(text: string): ReadonlySet<Verdict> {
  const names = text.split(',').map((name) => name.trim())
  for (const name of names) {
    if (!isVerdict(name)) {
      throw new InvalidArgumentError(
        `${JSON.stringify(name)} is no verdict. There are: ${verdicts.join(', ')}.`,
      )
    }
  }
  return new Set(names.filter(isVerdict))
}

function isVerdict(name: string): name is Verdict {
  return (verdicts as readonly string[]).includes(name)
}
