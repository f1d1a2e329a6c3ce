import { mkdirSync } from 'node:fs'
import { plain } from '@isolane/record/worker'
import { explainErrors, takeCharge } from '@isolane/sandbox'
import type { Adapter } from './adapter.ts'
import { sandboxForks } from './fork-hook.ts'
import { debugSockets, isList, isUserInterface } from './playwright-arguments.ts'
import { errorsOf, projectOf, testFilesOf } from './playwright-messages.ts'
import { PlaywrightPackage } from './playwright-package.ts'
import type { LoadedConfig, LoadedProject } from './playwright-package.ts'
import { snapshotGlobs } from './playwright-snapshots.ts'
import { WebServers } from './playwright-web-servers.ts'
import type { RunnerSession } from './session.ts'

/** The entry of every worker since 1.60; the process that lists tests for UI mode has another one. */
const workerEntry = /[\\/]playwright[\\/]lib[\\/]worker[\\/]workerProcessEntry\.js$/

/** Playwright Test: its workers are forked, and the browsers are their children. */
export const playwright: Adapter = {
  name: 'Playwright',
  install(session, program) {
    // Its other commands (show-trace, merge-reports, install, …) have no workers.
    if (process.argv[2] !== 'test') return
    const inner = new PlaywrightPackage(program)
    const servers = new WebServers(session, inner)
    let config: LoadedConfig | undefined
    // Lanes: their servers are started while workers run.
    takeCharge({
      share(directory) {
        session.serveLater()
        session.share(directory)
      },
      update: async (own) => await session.update(own),
    })
    try {
      inner.onConfig((loaded) => {
        config = loaded
        chooseWorkers(loaded, session)
      })
      servers.take()
    } catch (error) {
      unknown(session, inner, error)
    }
    sandboxForks(
      (call) => {
        if (!workerEntry.test(call.modulePath)) return undefined
        if (config === undefined) unknown(session, inner, new Error('its config was not seen'))
        share(session, config)
        const worker = session.enter({ env: call.options.env ?? process.env })
        const { plan } = worker
        const { ISOLANE_HOST: lanes, ISOLANE_RUN: run } = call.options.env ?? {}
        const more = servers.forWorker(plan.sandbox.directory)
        const { projects } = config
        let project: string | undefined
        return {
          ...worker,
          plan: {
            ...plan,
            // What cleans up after a run of lanes knows its processes by that.
            env: {
              ...plan.env,
              ...(lanes === undefined ? {} : { ISOLANE_RUN: run }),
              ...more?.env,
            },
            execArgv: more?.execArgv ?? [],
            onStart: (child) => {
              plan.onStart?.(child)
              more?.onStart(child)
              const send = child.send.bind(child) as (...args: unknown[]) => boolean
              child.send = (...args: unknown[]) => {
                project ??= projectOf(args[0])
                return send(...args)
              }
            },
            // What it has made is there for others: a stored session, and the rows that go with it.
            keep: () => [...(plan.keep?.() ?? []), ...(isSetup(project, projects) ? ['**'] : [])],
          },
        }
      },
      testFilesOf,
      (message, explain) => explainErrors(errorsOf(message), explain),
    )
  },
}

/** True for a project that others depend on. */
function isSetup(id: string | undefined, projects: readonly LoadedProject[]): boolean {
  return projects.some(({ deps }) => deps.some((one) => one.id === id))
}

function chooseWorkers(loaded: LoadedConfig, session: RunnerSession): void {
  const { config, projects, configCLIOverrides } = loaded
  // In debug mode a person steps through one test at a time; UI mode has a number of its own.
  if (configCLIOverrides.debug !== undefined || isUserInterface() || isList()) return
  const off = config.workers === 1 ? "Playwright's own number" : undefined
  config.workers = session.workers(config.workers, off)
  if (config.workers === 1) return
  for (const project of projects) {
    if (project.workers !== 1) continue
    project.workers = undefined
    session.say(`project "${plain(project.project.name)}" has all of them, not \`workers: 1\`.`)
  }
}

/** What the main process reads of a worker while it lives, or what must be there before it ends. */
function share(session: RunnerSession, { config, ...loaded }: LoadedConfig): void {
  const sockets = loaded.configCLIOverrides.debug === 'cli' ? debugSockets() : undefined
  if (sockets !== undefined) session.share(sockets)
  // Traces, videos and attachments: reporters copy them when a test ends, and each lies in a directory of its test.
  for (const { outputDir } of config.filteredProjects ?? config.projects) {
    mkdirSync(outputDir, { recursive: true })
    session.share(outputDir)
  }
  session.keepGlobs(snapshotGlobs({ config, ...loaded }, session.plan.root))
}

function unknown(session: RunnerSession, { version }: PlaywrightPackage, error: unknown): never {
  const why = error instanceof Error ? error.message : String(error)
  session.say(
    `Playwright ${version} is not one that isolane run knows (1.60 to 1.65): ${why}.\n` +
      'Hint: update isolane, or put sandbox: true into isolated() of @isolane/playwright.',
  )
  process.exit(4)
}
