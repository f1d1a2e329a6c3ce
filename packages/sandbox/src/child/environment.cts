// Loaded before everything else: a shell stood between the runner and this process, and a shell does not pass on
// every variable as it was.
const variable = 'ISOLANE_ENVIRONMENT'
const text = process.env[variable]

if (text !== undefined) {
  delete process.env[variable]
  for (const [name, value] of Object.entries(JSON.parse(text) as Record<string, string | null>)) {
    if (value === null) delete process.env[name]
    else process.env[name] = value
  }
}
