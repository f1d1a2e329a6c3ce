import { availableParallelism } from 'node:os'
import { IsolaneError } from '@isolane/record'
import type { ArmPaths, Driver, Invocation, TestRef } from '../driver.ts'
import { shellLine } from '../shell.ts'
import { withTouches } from '../touches/with-touches.ts'
import { makeRecord } from './make-record.ts'
import { wordsIn } from './words.ts'

/** How a command of any runner is understood: by the JUnit files that it writes. */
export interface JUnitOptions {
  /** Path or glob of the files, relative to the directory of the command. */
  readonly files: string
  /**
   * Command that runs some tests again. A word with `{id}` (file and titles joined with `::`), `{file}`,
   * `{class}` or `{name}` is repeated for each test.
   */
  readonly rerun: string
}

/**
 * The driver for any command that writes JUnit XML. It runs as it is, or some of its tests by the rerun
 * command; the number of workers and the order stay what they are.
 *
 * @throws `ISOLANE_OPTION` when the rerun command names no test.
 */
export function anyCommandDriver(
  command: readonly string[],
  { files, rerun }: JUnitOptions,
  cwd: string,
): Driver {
  const [first, ...rest] = command
  const template = wordsIn(rerun)
  const [program] = template
  const place = /\{(id|file|class|name)\}/
  if (first === undefined || program === undefined || !template.some((word) => place.test(word))) {
    throw new IsolaneError('ISOLANE_OPTION', {
      message: `Cannot run single tests with --rerun ${JSON.stringify(rerun)}: it names no test`,
      hint: "put {id}, {file}, {class} or {name} where the test goes: --rerun 'pytest {id}'.",
      details: { rerun },
    })
  }
  const workers = availableParallelism()
  const arm = (argv: readonly [string, ...string[]], paths: ArmPaths): Invocation => ({
    argv,
    env: {},
    after: async (run) => {
      await makeRecord(paths.record, { files: [files], cwd, runner: 'junit', workers }, run)
    },
  })
  const only = (tests: readonly TestRef[]): [string, ...string[]] => {
    const words = template.flatMap((word) =>
      place.test(word) ? [...new Set(tests.map((test) => filled(word, test)))] : [word],
    )
    return [words[0] ?? program, ...words.slice(1)]
  }
  return {
    runner: 'junit',
    abilities: {
      repeats: 'nothing',
      picks: true,
      reorders: false,
      ordersFiles: false,
      scales: false,
    },
    first: (paths) => arm([first, ...rest], paths),
    arm: (request, paths) => {
      const { tests } = request
      return withTouches(
        arm(tests === undefined ? [first, ...rest] : only(tests), paths),
        request,
        paths,
      )
    },
    reproduceAlone: (test) => shellLine(only([test])),
    reproduceTogether: () => shellLine(command),
    reproduceInOrder: (tests) => shellLine(only(tests)),
    reproduceWhole: () => shellLine(command),
  }
}

function filled(word: string, { file, titlePath }: TestRef): string {
  const parts: Readonly<Record<string, string>> = {
    id: [file, ...titlePath].join('::'),
    file,
    class: titlePath.slice(0, -1).join('.') || file,
    name: titlePath.at(-1) ?? '',
  }
  return word.replaceAll(/\{(id|file|class|name)\}/g, (_, name: string) => parts[name] ?? '')
}
