import childProcess from 'node:child_process'
import type { ChildProcess, ForkOptions } from 'node:child_process'
import { syncBuiltinESMExports } from 'node:module'
import { preload } from './sandboxes.ts'
import type { Footprint, Sandbox } from './sandbox.ts'
import { shellEnvironment } from './shell-environment.ts'
import { notePorts } from './network/note-ports.ts'
import { signalInside } from './signals.ts'

/** A call of `child_process.fork`, with its parameters made regular. */
export interface ForkCall {
  readonly modulePath: string
  readonly args: readonly string[]
  readonly options: ForkOptions
}

/** See {@link Sandbox.explain}. */
export type Explain = (message: string) => string | undefined

/** What a forked process gets. */
export interface ForkPlan {
  /** Entered with the `cwd` of the call. */
  readonly sandbox: Sandbox
  /** The environment of the process instead of the one the caller gave. */
  readonly env?: NodeJS.ProcessEnv
  /** Options for Node.js, before those of the caller. */
  readonly execArgv?: readonly string[]
  /** Called with the process as soon as it is there. */
  readonly onStart?: (child: ChildProcess) => void
  /**
   * Sees every message of the process before anybody else does, and may change it.
   *
   * @param explain gives the line that the message of an error lacks when the sandbox may be its reason.
   */
  readonly onMessage?: (message: unknown, explain: Explain) => void
  /** Asked when the process has exited, and for its errors: further globs, relative to the root, of files that are copied back from it. */
  readonly keep?: () => readonly string[]
  /** Called when the process and all it started have ended, before the caller hears of its exit. */
  readonly onEnd?: (footprint: Footprint) => void
}

/** Forks a Node.js process inside a sandbox. IPC, stdio, signals and exit status are as outside. */
export function forkInside(
  fork: typeof childProcess.fork,
  call: ForkCall,
  plan: ForkPlan,
): ChildProcess {
  const { modulePath, args, options } = call
  const [command, ...prefix] = plan.sandbox.prefix
  const env = plan.env ?? options.env ?? process.env
  const child = fork(modulePath, [...args], {
    ...options,
    env: { ...env, ...plan.sandbox.env, ...shellEnvironment(env) },
    execPath: command,
    execArgv: [
      ...prefix,
      options.execPath ?? process.execPath,
      '--require',
      preload,
      ...(plan.execArgv ?? []),
      ...(options.execArgv ?? process.execArgv),
    ],
  })
  const kill = child.kill.bind(child)
  child.kill = (signal) => {
    const { pid } = child
    if (pid === undefined || child.exitCode !== null || child.signalCode !== null) {
      return kill(signal)
    }
    if (signal !== 0) notePorts(plan.sandbox.directory, pid)
    return signalInside(pid, signal) || kill(signal)
  }
  child.prependOnceListener('exit', () => {
    const footprint = plan.sandbox.end({ keep: plan.keep?.() ?? [] })
    plan.onEnd?.(footprint)
  })
  const { onMessage } = plan
  if (onMessage !== undefined) {
    const explain: Explain = (text) => plan.sandbox.explain(text, { keep: plan.keep?.() ?? [] })
    // A listener would keep the channel open, and with it this process.
    const emit = child.emit.bind(child) as (...args: unknown[]) => boolean
    child.emit = (...args: unknown[]) => {
      if (args[0] === 'message') onMessage(args[1], explain)
      return emit(...args)
    }
  }
  plan.onStart?.(child)
  return child
}

/**
 * Lets `choose` decide, for every process that this one forks from now on, whether it runs in a sandbox.
 *
 * @returns takes it back.
 */
export function interceptForks(choose: (call: ForkCall) => ForkPlan | undefined): () => void {
  const original = childProcess.fork
  const fork = (
    modulePath: string | URL,
    args?: readonly string[] | ForkOptions | null,
    options?: ForkOptions,
  ): ChildProcess => {
    const call: ForkCall = {
      modulePath: modulePath instanceof URL ? modulePath.pathname : modulePath,
      args: Array.isArray(args) ? (args as readonly string[]) : [],
      options:
        (Array.isArray(args) || args === undefined || args === null
          ? options
          : (args as ForkOptions)) ?? {},
    }
    const plan = choose(call)
    return plan === undefined
      ? original(call.modulePath, [...call.args], call.options)
      : forkInside(original, call, plan)
  }
  childProcess.fork = fork
  // import { fork } from 'node:child_process' in modules that are already loaded.
  syncBuiltinESMExports()
  return () => {
    childProcess.fork = original
    syncBuiltinESMExports()
  }
}
