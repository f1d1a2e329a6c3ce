/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  // All files read and write data/switches.json.
  maxWorkers: 1,
}
