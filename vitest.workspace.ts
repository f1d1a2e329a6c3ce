import { existsSync, readdirSync } from 'node:fs'

const here = new URL('.', import.meta.url)

const packages = readdirSync(new URL('packages/', here))
  .map((name) => `packages/${name}`)
  .filter((path) => existsSync(new URL(`${path}/package.json`, here)))
  .toSorted()

/**
 * The folders with a Vitest project of their own. The playground is not one of them: its suite runs
 * on the `isolated` pool, by itself.
 */
const projects: string[] = [...packages, 'e2e', 'scripts']

export default projects
