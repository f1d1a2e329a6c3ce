/**
 * A package of others that has its tests in what is published on npm. Nothing of it is kept here: it is a pinned
 * dependency, and runs from a copy with the Vitest of this repository.
 */
export interface ForeignProject {
  /** Its name on npm; the version is in package.json. */
  readonly name: string
  /** What its tests use, for the title. */
  readonly uses: string
  readonly tests: number
  /** The name of its Vitest configuration. */
  readonly config?: string
  /** Test files that are left out of every run, each with a reason. */
  readonly exclude?: readonly string[]
  /** By path: what its repository has beside the package, or a Vitest configuration where its authors use another runner. */
  readonly files: Readonly<Record<string, string>>
}

export const foreignProjects: readonly ForeignProject[] = [
  {
    // https://github.com/bluesky-social/atproto, MIT. Its authors run it with Jest, which Vitest's globals replace.
    name: '@atproto/xrpc-server',
    uses: 'an HTTP or WebSocket server per file, on free ports',
    tests: 152,
    config: 'vitest.config.mts',
    // One test gives a server 5 ms to see that its client is gone.
    exclude: ['tests/stream.test.ts'],
    files: {
      'packages/xrpc-server/vitest.config.mts': exported({
        test: { globals: true, setupFiles: '../../jest-as-vi.js' },
      }),
      // One test asks for jest.spyOn.
      'jest-as-vi.js': `import { vi } from 'vitest'\nglobalThis.jest = vi\n`,
      // What its tsconfig files extend.
      'tsconfig/node.json': '{}',
      'tsconfig/tests.json': '{}',
    },
  },
  {
    // https://github.com/toiroakr/lines-db, MIT.
    name: '@toiroakr/lines-db',
    uses: 'SQLite through node:sqlite, files in the temp directory, and schemas that tests write and import',
    tests: 53,
    config: 'vitest.config.ts',
    files: {},
  },
  {
    // https://github.com/punkpeye/mcp-proxy, MIT.
    name: 'mcp-proxy',
    uses: 'HTTP servers on free ports, and servers that are processes of their own',
    tests: 69,
    exclude: [
      // Takes more than a minute, and one test reads a certificate that is not published.
      'src/startHTTPServer.test.ts',
      // Two tests get 400 for 200 under forks too, with the dependencies that package-lock.json has.
      'src/protocolEras.test.ts',
      // They expect answers of processes within two seconds, or wait by the clock: they fail on a busy machine.
      'src/proxyRequestContext.test.ts',
      'src/proxyServer.test.ts',
      'src/StdioClientTransport.test.ts',
      'src/upstreamNotifications.test.ts',
    ],
    files: {},
  },
]

function exported(config: object): string {
  return `export default ${JSON.stringify(config)}\n`
}
