import { Sandboxes } from '@isolane/core/host'

/** Whether this machine lets a process have a sandbox: Linux, with the rights for it. */
export const haveSandboxes = await canOpen()

async function canOpen(): Promise<boolean> {
  try {
    const settings = {
      parts: ['network', 'files', 'processes'] as const,
      forward: [],
      keep: [],
      writable: [],
    }
    await Sandboxes.open({ root: import.meta.dirname, settings }).close()
    return true
  } catch {
    return false
  }
}

/** A config whose workers have sandboxes; `options` is what `sandbox` is, as code. */
export function sandboxed(options = 'true', test = ''): Readonly<Record<string, string>> {
  return {
    'vitest.config.ts': `
      import { isolated } from '@isolane/vitest'
      import { defineConfig } from 'vitest/config'
      import { lanes } from './lanes.ts'
      export default defineConfig({
        plugins: [isolated(lanes, { sandbox: ${options} })],
        test: { include: ['**/*.test.ts'], pool: 'isolated', ${test} },
      })
    `,
  }
}
