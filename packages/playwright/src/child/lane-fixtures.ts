/**
 * The fixtures of `laneTest`. Playwright reads what a fixture needs from the pattern of its first parameter, and tears
 * down in reverse order:
 *
 *     isolane (worker) -> browser (worker) -> isolaneSessions (worker)
 *     isolaneFile -> isolaneTest -> isolaneContexts -> as, context
 *
 * A test's errors are judged by the first of `as`, `context` and `isolaneTest` to be torn down, so that
 * contexts still open then keep their video when the test fails by it.
 */
import { IsolaneError } from '@isolane/core'
import type { CurrentLane, Identity, Lanes, Resources, ServerHandle } from '@isolane/core'
import type { Browser, BrowserContext, Page, TestInfo, WorkerInfo } from '@playwright/test'
import type { PlaywrightWorkerOptions } from '@playwright/test'
import { attachEvidence, markLogs } from './attach-evidence.ts'
import { BrowserErrors } from './browser-errors.ts'
import { projectContextOptions } from './context-options.ts'
import { laneAnnotation } from './lane-annotation.ts'
import { LaneWorker } from './lane-worker.ts'
import { presented } from './presented.ts'
import { Sessions } from './sessions.ts'
import type { SignIn } from './sessions.ts'
import { Videos } from './videos.ts'

/** What the fixtures are made for. */
export interface FixturesPlan {
  readonly lanes: Lanes
  readonly reset: 'test' | 'file' | 'never'
  readonly signIn: SignIn['signIn'] | undefined
  readonly signedIn: SignIn['signedIn']
}

type Use<T> = (value: T) => Promise<void>

interface Isolane {
  readonly worker: LaneWorker
  readonly errors: BrowserErrors
  /** Set by `isolaneSessions`. */
  sessions: Sessions | undefined
}

interface Needs {
  readonly isolane: Isolane
  readonly browser: Browser
  readonly isolaneFile: () => CurrentLane<Resources>
  readonly isolaneContexts: OpenedContexts
  readonly context: BrowserContext
  readonly lane: CurrentLane<Resources>
  readonly allowConsole: readonly (string | RegExp)[]
  readonly video: PlaywrightWorkerOptions['video']
}

interface OpenedContexts {
  readonly videos: Videos
  readonly contexts: BrowserContext[]
}

const WORKER_TIMEOUT_MS = 120_000
const EVIDENCE_TIMEOUT_MS = 60_000

/** Fixtures for `test.extend`. */
export function laneFixtures(plan: FixturesPlan): Readonly<Record<string, unknown>> {
  const { lanes, reset } = plan
  const serverNames = namesOf(lanes, 'server')
  const [accountsName] = namesOf(lanes, 'accounts')
  const [firstServer] = serverNames
  const servers = (): Map<string, ServerHandle> => {
    const lane = lanes.current()
    return new Map(serverNames.map((name) => [name, lane[name] as ServerHandle]))
  }
  const accounts = (): Readonly<Record<string, Identity>> =>
    accountsName === undefined
      ? {}
      : (lanes.current()[accountsName] as Readonly<Record<string, Identity>>)
  const baseURL = (): string | undefined =>
    firstServer === undefined ? undefined : servers().get(firstServer)?.url

  const resetLane = async (isolane: Isolane, testInfo: TestInfo): Promise<void> => {
    const replaced = await isolane.worker.reset()
    isolane.sessions?.forgetRenewed()
    if (replaced === undefined) return
    const description = `another lane was taken: ${replaced.split('\n')[0] ?? ''}`
    testInfo.annotations.push({ type: 'isolane', description })
    await isolane.sessions?.prepare()
  }

  return {
    isolane: [
      // oxlint-disable-next-line no-empty-pattern -- Playwright accepts nothing but a pattern here
      async ({}: object, use: Use<Isolane>, { parallelIndex }: WorkerInfo) => {
        const worker = await LaneWorker.start(parallelIndex + 1).catch(rethrow)
        await use({ worker, errors: new BrowserErrors(), sessions: undefined })
        await worker.close()
      },
      { scope: 'worker', auto: true, box: true, title: 'lane', timeout: WORKER_TIMEOUT_MS },
    ],

    browser: [
      async ({ browser, isolane }: Needs, use: Use<Browser>) => {
        const watch = (context: BrowserContext): void => isolane.errors.watch(context)
        browser.contexts().forEach(watch)
        browser.on('context', watch)
        await use(browser)
        browser.off('context', watch)
      },
      { scope: 'worker', box: true },
    ],

    isolaneSessions: [sessionsFixture(plan, accounts, baseURL), sessionsOptions],

    isolaneFile: [
      async ({ isolane }: Needs, use: Use<() => CurrentLane<Resources>>, testInfo: TestInfo) => {
        const { worker } = isolane
        if (isDue(reset, worker, testInfo)) await resetLane(isolane, testInfo).catch(rethrow)
        await use(() => lanes.current())
        worker.usedBy(testInfo.file)
      },
      // Runs for hooks too, so that the lane is reset before `beforeAll`; undocumented, and as good as `true` to a
      // Playwright that does not know it.
      {
        auto: 'all-hooks-included',
        box: true,
        title: 'lane of a file',
        timeout: WORKER_TIMEOUT_MS,
      },
    ],

    isolaneTest: [
      async (
        { isolane, isolaneFile, allowConsole }: Needs,
        use: Use<undefined>,
        testInfo: TestInfo,
      ) => {
        const { worker, errors } = isolane
        const title = testInfo.titlePath.join(' › ')
        worker.testing(title)
        const roles = Object.keys(accounts())
        testInfo.annotations.push(laneAnnotation(lanes.current(), roles, worker.leasedMs))
        errors.begin(allowConsole)
        const logs = markLogs(servers())
        await use(undefined)
        const failure = await judge(errors, testInfo)
        if (failure !== undefined || testInfo.status !== testInfo.expectedStatus) {
          const secrets =
            isolane.sessions?.secrets() ?? Object.values(accounts()).map((one) => one.password)
          await attachEvidence(testInfo, {
            lane: isolaneFile(),
            logs: logs(),
            kept: await worker.evidence(title).catch(rethrow),
            errors: errors.found,
            secrets,
          })
        }
        errors.end()
        if (failure !== undefined) throw failure
      },
      { auto: true, box: true, title: 'lane of a test', timeout: EVIDENCE_TIMEOUT_MS },
    ],

    isolaneContexts: [
      async ({ video }: Needs, use: Use<OpenedContexts>, testInfo: TestInfo) => {
        const opened = { videos: new Videos(video, testInfo), contexts: [] as BrowserContext[] }
        await use(opened)
        await Promise.all(opened.contexts.map((context) => context.close()))
        await opened.videos.finish()
      },
      { box: true, title: 'contexts of roles' },
    ],

    as: [
      // `browser` is asked for by the sessions only when there is a signIn.
      async (
        { isolane, isolaneContexts }: Needs,
        use: Use<(role: string) => Promise<Page>>,
        testInfo: TestInfo,
      ) => {
        const { videos, contexts } = isolaneContexts
        await use(async (role) => {
          const sessions = isolane.sessions ?? noSignIn(role)
          const context = await sessions.open(role, videos.contextOptions()).catch(rethrow)
          contexts.push(context)
          isolane.errors.name(context, role)
          videos.record(context)
          return await context.newPage()
        })
        const failure = await judge(isolane.errors, testInfo)
        if (failure !== undefined) throw failure
      },
      { box: true },
    ],

    context: [
      async ({ context, isolane }: Needs, use: Use<BrowserContext>, testInfo: TestInfo) => {
        await use(context)
        const failure = await judge(isolane.errors, testInfo)
        if (failure !== undefined) throw failure
      },
      { box: true },
    ],

    ...(firstServer === undefined
      ? {}
      : {
          baseURL: async ({ lane }: Needs, use: Use<string>) => {
            await use((lane[firstServer] as ServerHandle).url)
          },
        }),

    allowConsole: [[], { option: true }],

    lane: async ({ isolaneFile }: Needs, use: Use<CurrentLane<Resources>>) => {
      await use(isolaneFile())
    },

    ...Object.fromEntries(
      Object.keys(lanes.resources).map((name) => [
        name,
        async ({ lane }: Needs, use: Use<unknown>) => {
          await use(lane[name])
        },
      ]),
    ),
  }
}

const sessionsOptions = {
  scope: 'worker',
  auto: true,
  box: true,
  title: 'sessions of the lane',
  timeout: WORKER_TIMEOUT_MS,
}

/** Without `signIn` nothing is signed in, and no browser is started for it. */
function sessionsFixture(
  { signIn, signedIn }: FixturesPlan,
  accounts: () => Readonly<Record<string, Identity>>,
  baseURL: () => string | undefined,
): unknown {
  if (signIn === undefined) return undefined
  return async (
    { browser, isolane }: Needs,
    use: Use<Sessions>,
    workerInfo: WorkerInfo,
  ): Promise<void> => {
    const { worker, errors } = isolane
    const sessions = new Sessions({
      browser,
      contextOptions: () => projectContextOptions(workerInfo, baseURL()),
      signIn,
      signedIn,
      accounts,
      lane: () => ({ id: worker.id, dir: worker.dir }),
      rebase: () => worker.rebase(),
      onSignInContext: (context) => errors.ignore(context),
    })
    isolane.sessions = sessions
    await sessions.prepare().catch(rethrow)
    await use(sessions)
  }
}

/** `afterAll` sees what the last test left; for the rest, see `LaneTestOptions.reset`. */
function isDue(reset: FixturesPlan['reset'], worker: LaneWorker, testInfo: TestInfo): boolean {
  if (reset === 'file') return worker.usedByOther(testInfo.file)
  const { _currentHookType: hook } = testInfo as { _currentHookType?: () => string | undefined }
  return reset === 'test' && worker.used && hook?.call(testInfo) !== 'afterAll'
}

/** Only a test that passes so far can be failed by what its pages printed. */
async function judge(errors: BrowserErrors, testInfo: TestInfo): Promise<Error | undefined> {
  const { status, expectedStatus } = testInfo
  return status === 'passed' && expectedStatus === 'passed' ? await errors.judge() : undefined
}

function namesOf(lanes: Lanes, kind: string): string[] {
  return Object.entries(lanes.resources).flatMap(([name, resource]) =>
    resource.kind === kind ? [name] : [],
  )
}

function rethrow(error: unknown): never {
  throw presented(error)
}

function noSignIn(role: string): never {
  throw presented(
    new IsolaneError('ISOLANE_OPTION', {
      message: `as(${JSON.stringify(role)}): laneTest was not told how to sign in.`,
      hint: 'laneTest(lanes, { signIn: async (page, account) => { … } }).',
      details: { path: 'laneTest.signIn', role },
    }),
  )
}
