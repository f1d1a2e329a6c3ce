// Run by a user without rights: prints what a sandboxed process said that used a forwarded server and a service.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import http from 'node:http'
import { join } from 'node:path'
import { Sandboxes, sandboxSettings } from '../../dist/index.js'

const home = mkdtempSync('/var/tmp/isolane-test-')
const root = mkdtempSync(join(home, 'project-'))
const sandboxes = Sandboxes.open({
  root,
  base: join(home, 'cache'),
  settings: sandboxSettings({ network: { forward: ['127.0.0.1:81'] } }),
})
try {
  const server = http.createServer((_, response) => response.end('outside')).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const command = `${process.execPath} -e "require('http').createServer((q, r) => r.end('inside')).listen(3000)"`
  const sandbox = sandboxes.enter({
    cwd: root,
    services: [{ name: 'web', command, ready: { port: 3000 } }],
  })
  const code = `const text = async (port) => (await fetch('http://127.0.0.1:' + port)).text()
    console.log(await text(${server.address().port}), await text(3000), process.getuid())
    await text(81).catch(({ cause }) => console.log(cause.code))`
  const [program, ...prefix] = sandbox.prefix
  const child = spawn(program, [...prefix, process.execPath, '--input-type=module', '-e', code], {
    env: { ...process.env, ...sandbox.env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let stdout = ''
  child.stdout.on('data', (text) => (stdout += text))
  const [status] = await once(child, 'close')
  sandbox.end()
  server.closeAllConnections()
  server.close()
  console.log(JSON.stringify({ status, stdout }))
} finally {
  await sandboxes.close()
  rmSync(home, { recursive: true, force: true })
}
