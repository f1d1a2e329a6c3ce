import type { Lanes, SandboxOptions } from '@isolane/core'

/** What the config file hands to the global setup. */
export interface ConfigLanes {
  readonly lanes: Lanes
  readonly spares: number
  readonly sandbox: boolean | SandboxOptions | undefined
}

// Playwright may load the config and the global setup as different instances of this module.
const key = Symbol.for('isolane.playwright.config-lanes')
const state = globalThis as { [key]?: ConfigLanes }

export function rememberLanes(lanes: ConfigLanes): void {
  state[key] = lanes
}

export function rememberedLanes(): ConfigLanes | undefined {
  return state[key]
}
