import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

const own = [
  dirname(fileURLToPath(import.meta.url)),
  dirname(fileURLToPath(import.meta.resolve('@isolane/record/observe'))),
]
const runners =
  /[\\/]node_modules[\\/](?:@?jest|@?vitest|@?playwright|@?isolane|@?babel|@?swc|vite|tinypool|rolldown|esbuild|mocha|ava|ts-node|tsx|pirates|source-map|c8|nyc)(?:[\w-]*)[\\/]/

/**
 * On whose behalf something is touched: that of the test runner when its code comes before any of the project's on the
 * way that led here, of nobody when Node.js goes on by itself with something. What libraries do, they do for whoever
 * called them.
 */
export function caller(): 'project' | 'runner' | 'nobody' {
  let found: 'project' | 'nobody' = 'nobody'
  for (const file of callers()) {
    // What loads a module reads files too.
    if (file.startsWith('node:internal/modules/')) return 'runner'
    if (file === '' || file.startsWith('node:')) continue
    if (own.some((directory) => file.startsWith(directory))) continue
    if (runners.test(file)) return 'runner'
    found = 'project'
    if (!/[\\/]node_modules[\\/]/.test(file)) break
  }
  return found
}

const depth = 40

// What runners and source maps make of stacks would read files, and takes long.
function callers(): string[] {
  const { prepareStackTrace, stackTraceLimit } = Error
  const holder: { stack?: unknown } = {}
  try {
    Error.stackTraceLimit = depth
    Error.prepareStackTrace = (_error, frames) => frames.map((frame) => frame.getFileName() ?? '')
    Error.captureStackTrace(holder, caller)
    const files = holder.stack as string[]
    return files.map((file) => (file.startsWith('file:') ? fileURLToPath(file) : file))
  } catch {
    return []
  } finally {
    Error.prepareStackTrace = prepareStackTrace
    Error.stackTraceLimit = stackTraceLimit
  }
}
