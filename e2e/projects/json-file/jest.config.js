/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  testTimeout: 60_000,
  // All files read and write data/switches.json.
  maxWorkers: 1,
}
