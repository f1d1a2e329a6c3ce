test('loads the addon', () => {
  expect(process.pid).toBeGreaterThan(0)
})

test('calls the addon', () => {
  // As an addon does that touches memory that is not its own.
  process.kill(process.pid, 'SIGKILL')
  for (;;);
})
