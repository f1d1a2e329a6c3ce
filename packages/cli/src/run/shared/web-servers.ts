/** What a worker is told of the web servers that it starts for itself: a file of `node:v8` in its layer. */
export interface WebServersPlan {
  /** Playwright's module with the runner. */
  readonly runner: string
  /** Directory of the config file. */
  readonly configDir: string
  readonly servers: readonly WebServerPlan[]
}

/** One `webServer` of a Playwright config, as the runner resolved it. */
export interface WebServerPlan {
  readonly options: WebServerOptions
  /** The deprecated `port`: it counts as started when the port accepts connections. */
  readonly checkPortOnly: boolean
}

/** The options that are read here; the others are Playwright's own business. */
export interface WebServerOptions {
  readonly name?: string
  readonly command?: string
  readonly stdout?: 'pipe' | 'ignore'
  readonly stderr?: 'pipe' | 'ignore'
}

/** Variable that holds the path of the {@link WebServersPlan}. */
export const webServersVariable = 'ISOLANE_WEB_SERVERS'

/** `method` of the messages; Playwright's own hosts pass over one that they do not know. */
export const webServerMessage = '__isolane_web_server__'

/** What a worker tells the runner's main process of its web servers. */
export interface WebServerMessage {
  readonly method: typeof webServerMessage
  readonly params:
    | { readonly kind: 'output'; readonly stream: 'stdout' | 'stderr'; readonly text: string }
    | {
        readonly kind: 'failed'
        readonly command: string
        readonly reason: string
        /** The last lines that it printed, without control characters. */
        readonly lastLines: readonly string[]
      }
}

/** Tells a message of a worker's web servers from Playwright's own. */
export function isWebServerMessage(message: unknown): message is WebServerMessage {
  return (
    typeof message === 'object' &&
    message !== null &&
    'method' in message &&
    message.method === webServerMessage
  )
}
