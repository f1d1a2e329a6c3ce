/**
 * Source of `say` and `hear` for test files that must overlap by agreement and not by luck. They do nothing where tests
 * run alone or one after another. `hear` gives up after 10 s: an arm may leave out whoever would speak.
 *
 * @param load how the file gets a module of Node.js.
 */
export function meeting(load = 'process.getBuiltinModule'): string {
  return `const { execFile } = ${load}('node:child_process')
      const record = process.env.ISOLANE_RECORD ?? ''
      const areBeside = process.env.ISOLANE_TOUCHES !== undefined || record.endsWith('1-first.jsonl')
      // What no process of Node.js touches is not noted.
      const shell = (line, word) => new Promise((settle) =>
        areBeside ? execFile('/bin/sh', ['-c', line, record + '-' + word], settle) : settle())
      const say = (word) => shell('touch "$0"', word)
      const hear = (word) => shell('n=0; while [ ! -e "$0" ] && [ $n -lt 500 ]; do n=$((n + 1)); sleep 0.02; done', word)`
}
