import { fileURLToPath } from 'node:url'
import { describeResource } from '@isolane/core/testing'
import { describe, test } from 'vitest'
import { lanes } from './fixtures/conformance/lanes.ts'

const module = new URL('./fixtures/conformance/lanes.ts', import.meta.url)
const shared = {
  runner: { describe, test },
  module,
  root: fileURLToPath(new URL('.', module)),
}

describeResource('sqlite', lanes, {
  ...shared,
  resource: 'database',
  exclusive: ({ path, url }) => [path, url],
})

describeResource('tempDir', lanes, {
  ...shared,
  resource: 'tmp',
  exclusive: ({ path }) => [path],
})

describeResource('port', lanes, {
  ...shared,
  resource: 'port',
  exclusive: ({ number, url }) => [String(number), url],
})

describeResource('server', lanes, {
  ...shared,
  resource: 'app',
  exclusive: ({ url, pid, log }) => [url, String(pid), log.path],
})

describeResource('accounts', lanes, {
  ...shared,
  resource: 'accounts',
  exclusive: ({ admin, guest }) => [admin.email, guest.email],
})
