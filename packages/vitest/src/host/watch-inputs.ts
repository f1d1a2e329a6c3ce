/**
 * In watch mode: templates follow the files they are made from, and a key has them made anew. Vitest itself watches only
 * what tests import.
 */
import { globSync } from 'node:fs'
import { resolve, sep } from 'node:path'
import { emitKeypressEvents } from 'node:readline'
import type { Lanes } from '@isolane/core'
import type { Vitest } from 'vitest/node'
import type { LaneReporter } from './lane-reporter.ts'
import type { ProjectLanes } from './project-lanes.ts'

/** What the user presses. Vitest has the plain letters, and its prompts take them as text. */
const key = { name: 'l', shown: 'ctrl+l' } as const

/**
 * Has all tests run again when an input of a template changes, with templates of what it is then. `--changed` takes
 * inputs for changes that concern every test.
 *
 * @param root where the inputs' paths start.
 */
export function watchInputs(
  vitest: Vitest,
  root: string,
  lanes: Lanes,
  projectLanes: ProjectLanes,
): void {
  const inputs = Object.values(lanes.resources).flatMap(({ inputs = [] }) => inputs)
  const exactRoot = posix(root).replaceAll(/[\\*?[\]{}()!+@|]/g, String.raw`\$&`)
  for (const input of inputs) {
    const glob = resolve(root, input) === input ? posix(input) : `${exactRoot}/${posix(input)}`
    vitest.config.forceRerunTriggers.push(glob, `${glob}/**`)
  }
  if (!vitest.config.watch || inputs.length === 0) return
  const found = (): readonly string[] => [
    ...inputs.map((input) => resolve(root, input)),
    ...inputs.flatMap((input) => globSync(input, { cwd: root }).map((path) => resolve(root, path))),
  ]
  let known = found()
  const { watcher } = vitest.vite
  // Some may lie outside of what Vite watches anyway.
  watcher.add([...known])
  watcher.on('all', (_, changed) => {
    const path = resolve(changed)
    const before = known
    known = found()
    const isInput = (one: string): boolean => path === one || path.startsWith(one + sep)
    if (before.some(isInput) || known.some(isInput)) projectLanes.renew({ rebuild: false })
  })
}

/** Has Vitest begin again when a module that its config imports changes, such as the lanes and their seeds. */
export function watchConfigModules(vitest: Vitest): void {
  if (!vitest.config.watch) return
  const { config, watcher } = vitest.vite
  const modules = new Set(config.configFileDependencies.map((path) => resolve(path)))
  // Vitest does so for the config file itself.
  if (config.configFile !== undefined) modules.delete(resolve(config.configFile))
  const onChange = (changed: string): void => {
    if (!modules.has(resolve(changed))) return
    watcher.off('change', onChange)
    // Tests import them too, and would run meanwhile.
    vitest.watcher.changedTests.clear()
    void vitest.vite.restart()
  }
  watcher.on('change', onChange)
}

/**
 * Listens for the key that has every template built anew.
 *
 * @returns what to tell the user of it; undefined where there are no keys.
 */
export function listenForKey(
  vitest: Vitest,
  projects: ReadonlyMap<string, ProjectLanes>,
  reporter: LaneReporter,
): string | undefined {
  const { stdin } = process
  if (!vitest.config.watch || !stdin.isTTY) return undefined
  const onKey = (
    _: unknown,
    pressed: { readonly name?: string; readonly ctrl?: boolean },
  ): void => {
    // Vitest too ignores its keys while tests run.
    if (pressed.name !== key.name || pressed.ctrl !== true || reporter.running) return
    for (const lanes of projects.values()) lanes.renew({ rebuild: true })
    runAll(vitest).catch((error: unknown) => vitest.logger.printError(error))
  }
  emitKeypressEvents(stdin)
  stdin.on('keypress', onKey)
  vitest.onClose(() => {
    stdin.off('keypress', onKey)
  })
  return `press ${key.shown} to build the templates of the lanes anew and run all tests.`
}

async function runAll(vitest: Vitest): Promise<void> {
  await vitest.rerunTestSpecifications(await vitest.globTestSpecifications(), true)
}

function posix(path: string): string {
  return sep === '/' ? path : path.replaceAll(sep, '/')
}
