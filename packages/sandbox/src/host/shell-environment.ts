/** What shells set by themselves, or do not let their environment set. */
const own = ['PWD', 'OLDPWD', 'SHLVL', '_', 'IFS', 'OPTIND', 'PPID', 'LINENO', 'UID', 'EUID']

/**
 * Gives the variable that tells the preload how those of `env` are that a shell would change. It drops whatever is no
 * name for it, `npm_config_//registry.example/` or `INPUT_NODE-VERSION`.
 */
export function shellEnvironment(env: NodeJS.ProcessEnv): Readonly<Record<string, string>> {
  const kept: Record<string, string | null> = {}
  for (const name of own) kept[name] = env[name] ?? null
  for (const [name, value] of Object.entries(env)) {
    if (value !== undefined && !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) kept[name] = value
  }
  return { ISOLANE_ENVIRONMENT: JSON.stringify(kept) }
}
