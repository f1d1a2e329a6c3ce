/** What a worker is told when it starts, and with every group of tests. */
export interface WorkerNews {
  /** Id of the project that it works for: its name, with a number behind one that is given twice. */
  readonly project?: string
  /** From 0. */
  readonly parallelIndex?: number
  /** A test file that it runs, absolute. */
  readonly file?: string
}

/** Reads what Playwright's main process sends to a worker. */
export function newsOf(message: unknown): WorkerNews {
  const { method, params } = message as {
    readonly method?: string
    readonly params?: {
      readonly method?: string
      readonly params?: { readonly file?: string }
      readonly runnerParams?: { readonly projectId?: string; readonly parallelIndex?: number }
    }
  }
  if (method === '__init__') {
    const { projectId, parallelIndex } = params?.runnerParams ?? {}
    return {
      ...(projectId === undefined ? {} : { project: projectId }),
      ...(parallelIndex === undefined ? {} : { parallelIndex }),
    }
  }
  if (method !== '__dispatch__' || params?.method !== 'runTestGroup') return {}
  const file = params.params?.file
  return file === undefined ? {} : { file }
}

/** What a worker says of a test that has ended. */
export interface TestEnd {
  /** As Playwright sends them; they may be changed. */
  readonly errors: unknown
  /** It did not end as it was to. */
  readonly failed: boolean
}

/** Reads what a worker sends to Playwright's main process; undefined when no test has ended. */
export function testEndOf(message: unknown): TestEnd | undefined {
  const { method, params } = (message ?? {}) as {
    readonly method?: string
    readonly params?: {
      readonly method?: string
      readonly params?: {
        readonly errors?: unknown
        readonly status?: string
        readonly expectedStatus?: string
      }
    }
  }
  const end = params?.params
  if (method !== '__dispatch__' || params?.method !== 'testEnd' || end === undefined) {
    return undefined
  }
  return { errors: end.errors, failed: end.status !== end.expectedStatus }
}
