import { readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { IsolaneError } from '@isolane/record'
import { wordsIn } from './junit/words.ts'
import { shellLine } from './shell.ts'

/** Scripts that call one another are followed so far. */
const mostScripts = 5

/**
 * The command behind `npm test`, `npm run <script>` and the same of pnpm, yarn and bun, with the words that were added
 * to it; every other command as it is.
 *
 * @param cwd absolute; its `package.json` has the scripts.
 * @throws `ISOLANE_OPTION` for a script that is more than one command: to run a part of it would be something else.
 */
export function behindScripts(command: readonly string[], cwd: string): readonly string[] {
  let scripts: Readonly<Record<string, unknown>> | undefined
  let words = command
  for (let depth = 0; depth < mostScripts; depth += 1) {
    const called = scriptIn(words)
    if (called === undefined) return words
    scripts ??= scriptsOf(cwd)
    const script = scripts[called.name]
    if (typeof script !== 'string') return words
    const { name } = called
    const hooks = [`pre${name}`, `post${name}`].filter((hook) => scripts?.[hook] !== undefined)
    if (hooks.length > 0) throw notOne(command, script, `"${hooks.join('" and "')}" run with it`)
    if (!isOneCommand(script)) throw notOne(command, script, 'a shell makes more of it')
    words = [...wordsIn(script), ...called.added]
  }
  return words
}

function scriptsOf(cwd: string): Readonly<Record<string, unknown>> {
  try {
    const { scripts } = JSON.parse(readFileSync(join(cwd, 'package.json'), 'utf8')) as {
      readonly scripts?: unknown
    }
    return typeof scripts === 'object' && scripts !== null ? { ...scripts } : {}
  } catch {
    return {}
  }
}

function scriptIn([manager = '', ...rest]: readonly string[]):
  | { readonly name: string; readonly added: readonly string[] }
  | undefined {
  const tool = basename(manager).replace(/\.(cmd|exe)$/, '')
  if (!['npm', 'pnpm', 'yarn', 'bun'].includes(tool)) return undefined
  const [verb = '', ...more] = rest
  const isRun = /^run(-script)?$/.test(verb)
  const isTest = /^(t|tst|test)$/.test(verb) && tool !== 'bun'
  // The others run a script also without a verb.
  const isName = tool === 'pnpm' || tool === 'yarn'
  if (!isRun && !isTest && !isName) return undefined
  const [name = '', ...after] = isRun ? more : [isTest ? 'test' : verb, ...more]
  const end = after.indexOf('--')
  // npm takes options in front of a "--" for its own.
  const before = (end < 0 ? after : after.slice(0, end)).filter(
    (word) => tool !== 'npm' || !word.startsWith('-'),
  )
  return { name, added: [...before, ...(end < 0 ? [] : after.slice(end + 1))] }
}

// Of what stands outside quotes, nothing that a shell would act on; and no variable set in front.
function isOneCommand(script: string): boolean {
  const bare = script.replaceAll(/'[^']*'|"[^"$`\\]*"/g, '')
  return !/[&|;<>()$`\\*?[\]{}~#\n"']/.test(bare) && !/^\s*\w+=/.test(bare)
}

function notOne(command: readonly string[], script: string, why: string): IsolaneError {
  const [runner] = /\b(?:vitest|jest|playwright test)\b[^&|;]*/.exec(script) ?? []
  const direct = `npx ${runner?.trim() ?? 'vitest run'}`
  return new IsolaneError('ISOLANE_OPTION', {
    message: `isolane flake cannot run "${shellLine(command)}": the script is "${script}", and ${why}`,
    hint: `give the runner itself: isolane flake -- ${direct}`,
    details: { command: [...command], script },
  })
}
