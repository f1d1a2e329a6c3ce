/** A config whose guard is `guard`, as code. */
export function guarded(guard: string, test = ''): Readonly<Record<string, string>> {
  return {
    'vitest.config.ts': `
      import { isolated } from '@isolane/vitest'
      import { defineConfig } from 'vitest/config'
      import { lanes } from './lanes.ts'
      export default defineConfig({
        plugins: [isolated(lanes, { guard: ${guard} })],
        test: { include: ['**/*.test.ts'], pool: 'isolated', ${test} },
      })
    `,
  }
}

/** What the guard said in a run's output: each text from its first line to its hint, in the order of their titles. */
export function saidIn(output: string): string[] {
  const texts = output.match(/^isolane: [^\n]*:\n(?: {2}[^\n]*\n)+Hint: [^\n]*$/gm) ?? []
  return texts.map(steady).sort()
}

/** The errors of a run as Vitest prints them, from their heading to the place. */
export function errorsIn(output: string): string[] {
  const errors = output.match(/^ FAIL [^\n]*\n\w*Error: [\s\S]*?(?=\n⎯|\n +\d+\|)/gm) ?? []
  return errors.map((text) => steady(text.trim())).sort()
}

/** Without what is another one in every run. */
function steady(text: string): string {
  return text
    .replaceAll(/pid \d+/g, 'pid <pid>')
    .replaceAll(/listening on port \d+/g, 'listening on port <port>')
    .replaceAll(/\S*\/lanes\/\S+\/database\.db/g, '<lane>/database.db')
}
