import type { CurrentLane, HandleOf, Identity, Resources } from '@isolane/core'
import type { Page } from '@playwright/test'

type AccountsName<R extends Resources> = {
  [Name in keyof R]: HandleOf<R[Name]> extends Readonly<Record<string, Identity>> ? Name : never
}[keyof R]

/** The handle of the lane's `accounts` resource: accounts by role. `never` when there is none. */
export type AccountsOf<R extends Resources> = [AccountsName<R>] extends [never]
  ? never
  : HandleOf<R[AccountsName<R>]>

/** Names of the lane's roles. */
export type RoleOf<R extends Resources> = [AccountsName<R>] extends [never]
  ? never
  : keyof AccountsOf<R> & string

/** An account of any role, with the data that its `create` returned. */
export type AccountOf<R extends Resources> = AccountsOf<R>[RoleOf<R>]

/** The lane, its resources by their names, and pages signed in per role. */
export type LaneFixtures<R extends Resources> = {
  readonly lane: CurrentLane<R>
  /**
   * Opens a page signed in as `role`, in a browser context of its own with the options of `use`. Several roles
   * can be open in one test. The context is closed after the test.
   *
   * @throws IsolaneError `ISOLANE_OPTION` without `signIn`, `ISOLANE_SIGN_IN` when signing in again fails.
   */
  readonly as: (role: RoleOf<R>) => Promise<Page>
} & { readonly [Name in keyof R]: CurrentLane<R>[Name] }

/** Options for `use`, in the config or with `test.use()`. */
export interface LaneUseOptions {
  /**
   * Console and page errors that do not fail a test: a string that the text contains, or a pattern that it
   * matches. Default: none.
   */
  readonly allowConsole: readonly (string | RegExp)[]
}

/** All that `laneTest` adds to a test's fixtures. */
export type LaneTestFixtures<R extends Resources> = LaneFixtures<R> & LaneUseOptions
