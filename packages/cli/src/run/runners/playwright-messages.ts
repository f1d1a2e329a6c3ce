/** Gives the test files, absolute, that a message to a worker asks it to run. */
export function testFilesOf(message: unknown): readonly string[] {
  const { method, params } = call(message)
  if (method !== '__dispatch__') return []
  const inner = call(params)
  const file = inner.method === 'runTestGroup' ? field(inner.params, 'file') : undefined
  return typeof file === 'string' ? [file] : []
}

/** Gives the id of the project that a message to a new worker says it works for. */
export function projectOf(message: unknown): string | undefined {
  const { method, params } = call(message)
  const id = method === '__init__' ? field(field(params, 'runnerParams'), 'projectId') : undefined
  return typeof id === 'string' ? id : undefined
}

/** Gives the errors of the test that a message from a worker says has ended. */
export function errorsOf(message: unknown): unknown {
  const { method, params } = call(message)
  if (method !== '__dispatch__') return undefined
  const inner = call(params)
  return inner.method === 'testEnd' ? field(inner.params, 'errors') : undefined
}

function call(message: unknown): { readonly method: unknown; readonly params: unknown } {
  return { method: field(message, 'method'), params: field(message, 'params') }
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined
}
