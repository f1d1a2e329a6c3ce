import { checkOptions, IsolaneError } from '@isolane/core'
import type { Lanes, Resources } from '@isolane/core'
import { test as playwrightTest } from '@playwright/test'
import type {
  Page,
  PlaywrightTestArgs,
  PlaywrightTestOptions,
  PlaywrightWorkerArgs,
  PlaywrightWorkerOptions,
  TestType,
} from '@playwright/test'
import { checkNames } from './check-names.ts'
import type { AccountOf, LaneTestFixtures } from './fixtures.ts'
import { laneFixtures } from './lane-fixtures.ts'
import type { SignIn } from './sessions.ts'

/** Options of {@link laneTest}. */
export interface LaneTestOptions<
  R extends Resources,
  Test extends object = PlaywrightTestArgs & PlaywrightTestOptions,
  Worker extends object = PlaywrightWorkerArgs & PlaywrightWorkerOptions,
> {
  /**
   * Signs `account` in on a fresh page and waits until that is done. Runs once per role and lane, before the first
   * test of the lane; the sessions belong to the lane's base from then on, so that resets keep them. Runs again
   * when a session does not hold any more. `baseURL` and the project's `use` apply.
   */
  readonly signIn?: (page: Page, account: AccountOf<R>) => Promise<unknown>
  /**
   * Says whether `page`, opened with a stored session, is still signed in. Asked at every `as()`. Default: the
   * cookies have not expired.
   */
  readonly signedIn?: (page: Page, account: AccountOf<R>) => boolean | Promise<boolean>
  /**
   * When the lane goes back to its base, with the app and its connections running. `file` (default): before the
   * first test of another file, `beforeAll` included. `test`: before every test; what `beforeAll` wrote is gone
   * then too. `never`: only when a new worker gets the lane.
   */
  readonly reset?: 'test' | 'file' | 'never'
  /** The `test` to extend. Default: Playwright's. */
  readonly base?: TestType<Test, Worker>
}

/**
 * Playwright's `test` on lanes. Every worker holds a lane of its own; a worker that replaces one after a failed
 * test gets a ready lane. Fixtures: `lane`, every resource by its name, `as(role)` for a page signed in as that
 * role, and `baseURL`, which is the URL of the lane's first `server`.
 *
 * A console error or an uncaught error of any page fails a test that would pass, as `ConsoleError` or `PageError`.
 * A failed test gets attachments: what the server printed during it, what differs from the base in the lane's
 * database and the command that opens it, and the errors of its pages.
 *
 * @throws IsolaneError `ISOLANE_OPTION` for a wrong option or a resource with the name of a built-in fixture; in the
 *   test `ISOLANE_OUTSIDE_LANE` without `isolated()` in the config, `ISOLANE_SIGN_IN` when a role cannot sign in.
 * @example
 * ```ts
 * import { laneTest } from '@isolane/playwright'
 * import { expect } from '@playwright/test'
 * import { lanes } from './lanes.ts'
 *
 * const test = laneTest(lanes, {
 *   signIn: async (page, account) => {
 *     await page.goto('/login')
 *     await page.getByLabel('Email').fill(account.email)
 *     await page.getByLabel('Password').fill(account.password)
 *     await page.getByRole('button', { name: 'Sign in' }).click()
 *     await page.waitForURL('/')
 *   },
 * })
 *
 * test('an instructor sees a new course', async ({ as }) => {
 *   const [instructor, admin] = [await as('instructor'), await as('admin')]
 *   await admin.goto('/courses/new')
 *   await instructor.goto('/courses')
 *   await expect(instructor.getByRole('row')).toHaveCount(2)
 * })
 * ```
 */
export function laneTest<
  R extends Resources,
  Test extends object = PlaywrightTestArgs & PlaywrightTestOptions,
  Worker extends object = PlaywrightWorkerArgs & PlaywrightWorkerOptions,
>(
  lanes: Lanes<R>,
  options: LaneTestOptions<R, Test, Worker> = {},
): TestType<Test & LaneTestFixtures<R>, Worker> {
  checkOptions('laneTest', options, ['signIn', 'signedIn', 'reset', 'base'])
  const reset = options.reset ?? 'file'
  if (!['test', 'file', 'never'].includes(reset)) {
    throw new IsolaneError('ISOLANE_OPTION', {
      message: `laneTest.reset must be 'test', 'file' or 'never'; received ${JSON.stringify(reset)}.`,
      hint: "use reset: 'test' for a fresh lane before every test.",
      details: { path: 'laneTest.reset', received: reset },
    })
  }
  const names = Object.keys(lanes.resources)
  checkNames(names)
  const fixtures = laneFixtures({
    lanes,
    reset,
    // The accounts that arrive here are those of `lanes`.
    signIn: options.signIn as SignIn['signIn'] | undefined,
    signedIn: options.signedIn as SignIn['signedIn'],
  })
  const base = options.base ?? (playwrightTest as unknown as TestType<Test, Worker>)
  return base.extend(fixtures as never) as unknown as TestType<Test & LaneTestFixtures<R>, Worker>
}
