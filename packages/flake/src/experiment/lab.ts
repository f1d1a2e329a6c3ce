import type { ArmRequest } from '../runners/driver.ts'
import type { ArmResult } from './run-arm.ts'

/** What an arm changes around the tests. */
export interface Conditions {
  /** Processes that keep the machine busy meanwhile. */
  readonly busy?: number
  /** What every worker gets for itself. */
  readonly isolate?: { readonly network: boolean; readonly files: boolean }
  /** Variables of the environment. */
  readonly env?: Readonly<Record<string, string>>
}

/** Where arms run: real processes, or made-up ones in a simulation. */
export interface Lab {
  /** True when arms can be isolated. */
  canIsolate(): Promise<boolean>
  /**
   * Runs one arm to its end.
   *
   * @param kind becomes a part of the names of its files.
   */
  run(
    kind: string,
    request: ArmRequest,
    options: { readonly deadlineMs: number } & Conditions,
  ): Promise<ArmResult>
}
