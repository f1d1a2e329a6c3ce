import { onTestFinished } from 'vitest'

/** Puts a lane's variables into this process, as a runner's worker has them, until the test is over. */
export function enter(env: Readonly<Record<string, string>>): void {
  const before = Object.fromEntries(Object.keys(env).map((name) => [name, process.env[name]]))
  Object.assign(process.env, env)
  onTestFinished(() => {
    for (const [name, value] of Object.entries(before)) {
      if (value === undefined) delete process.env[name]
      else process.env[name] = value
    }
  })
}
