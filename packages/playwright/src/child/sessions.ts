import { IsolaneError } from '@isolane/core'
import type { Identity } from '@isolane/core'
import type { Browser, BrowserContext, BrowserContextOptions, Page } from '@playwright/test'
import { redact } from './secrets.ts'
import { cookiesHold, readSessions, writeSessions } from './session-file.ts'
import type { StorageState } from './session-file.ts'

/** What the user says about signing in. */
export interface SignIn {
  readonly signIn: (page: Page, account: Identity) => Promise<unknown>
  readonly signedIn: ((page: Page, account: Identity) => boolean | Promise<boolean>) | undefined
}

/** What sessions need of the worker. */
export interface SessionsPlan extends SignIn {
  readonly browser: Browser
  /** Options of contexts that only sign in. */
  readonly contextOptions: () => BrowserContextOptions
  readonly lane: () => { readonly id: string; readonly dir: string }
  readonly accounts: () => Readonly<Record<string, Identity>>
  readonly rebase: () => Promise<void>
  /** Called with every context that only signs in: its console says nothing about a test. */
  readonly onSignInContext: (context: BrowserContext) => void
}

/** The signed-in roles of this worker's lane. */
export class Sessions {
  readonly #plan: SessionsPlan
  #base = new Map<string, StorageState>()
  /** Sessions made since the last reset: the base does not know them. */
  readonly #renewed = new Map<string, StorageState>()
  readonly #renewing = new Map<string, Promise<StorageState>>()

  constructor(plan: SessionsPlan) {
    this.#plan = plan
  }

  /** Signs every role in and makes that part of the lane's base, unless a worker before this one has done it. */
  async prepare(): Promise<void> {
    const { dir } = this.#plan.lane()
    this.#renewed.clear()
    this.#base = readSessions(dir) ?? new Map<string, StorageState>()
    if (this.#base.size > 0) return
    for (const role of Object.keys(this.#plan.accounts())) {
      this.#base.set(role, await this.#signIn(role))
    }
    if (this.#base.size === 0) return
    await this.#plan.rebase()
    writeSessions(dir, this.#base)
  }

  /** The lane is at its base again: what was renewed since is gone. */
  forgetRenewed(): void {
    this.#renewed.clear()
  }

  /** Opens a context that is signed in as `role`: the session is checked first, and renewed when it does not hold. */
  async open(role: string, options: BrowserContextOptions): Promise<BrowserContext> {
    const { browser, signedIn } = this.#plan
    const account = this.#account(role)
    const state = this.#renewed.get(role) ?? this.#base.get(role)
    if (state !== undefined && cookiesHold(state)) {
      const context = await browser.newContext({ ...options, storageState: state })
      if (signedIn === undefined || (await check(context, account, signedIn))) return context
      await context.close()
    }
    return await browser.newContext({ ...options, storageState: await this.#renew(role) })
  }

  /** Values that must not show up in a report. */
  secrets(): string[] {
    const secrets = new Set<string>()
    for (const { password } of Object.values(this.#plan.accounts())) secrets.add(password)
    for (const { cookies } of [...this.#base.values(), ...this.#renewed.values()]) {
      // Shorter values are settings such as a theme, not sessions.
      for (const { value } of cookies) if (value.length >= 12) secrets.add(value)
    }
    return [...secrets]
  }

  async #renew(role: string): Promise<StorageState> {
    const running = this.#renewing.get(role) ?? this.#signIn(role)
    this.#renewing.set(role, running)
    try {
      const state = await running
      this.#renewed.set(role, state)
      return state
    } finally {
      this.#renewing.delete(role)
    }
  }

  async #signIn(role: string): Promise<StorageState> {
    const { browser, contextOptions, signIn, onSignInContext } = this.#plan
    const account = this.#account(role)
    // Explicitly nobody: the project's `use` may name a storage state.
    const context = await browser.newContext({
      ...contextOptions(),
      storageState: { cookies: [], origins: [] },
    })
    onSignInContext(context)
    try {
      await signIn(await context.newPage(), account)
      return await context.storageState()
    } catch (cause) {
      throw this.#failed(role, account, cause)
    } finally {
      await context.close()
    }
  }

  #account(role: string): Identity {
    const accounts = this.#plan.accounts()
    const account = accounts[role]
    if (account !== undefined) return account
    throw new IsolaneError('ISOLANE_OPTION', {
      message: `as(${JSON.stringify(role)}): the lane has no such role.`,
      hint: `roles are ${Object.keys(accounts).join(', ')}; add others to accounts({ roles }).`,
      details: { role },
    })
  }

  #failed(role: string, account: Identity, cause: unknown): IsolaneError {
    const { id } = this.#plan.lane()
    const reason = redact(cause instanceof Error ? cause.message : String(cause), [
      account.password,
    ])
    return new IsolaneError('ISOLANE_SIGN_IN', {
      message: `Role "${role}" could not sign in on lane ${id} (${account.email}): ${reason}`,
      hint: 'signIn(page, account) of laneTest must leave a signed-in page behind; try its steps in a browser.',
      details: { role, lane: id, email: account.email },
      cause,
    })
  }
}

async function check(
  context: BrowserContext,
  account: Identity,
  signedIn: NonNullable<SignIn['signedIn']>,
): Promise<boolean> {
  const page = await context.newPage()
  try {
    return await signedIn(page, account)
  } finally {
    await page.close()
  }
}
