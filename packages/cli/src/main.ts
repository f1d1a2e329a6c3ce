#!/usr/bin/env node
// Nothing may be imported before the version is checked: older ones fail on syntax and give a stack.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < 22 || (major === 22 && minor < 18)) {
  process.stderr.write(
    `isolane needs Node.js 22.18 or newer; this is ${process.versions.node} (${process.execPath}).\n` +
      'Hint: install a newer Node.js, for example with: npm install --save-dev node@24\n',
  )
  process.exitCode = 2
} else {
  const { main } = await import('./cli.ts')
  const exitCode = await main(process.argv.slice(2))
  // Modules of the project that were loaded may hold this process; a pipe may still have to take what was printed.
  process.stdout.write('', () => process.stderr.write('', () => process.exit(exitCode)))
}

export {}
