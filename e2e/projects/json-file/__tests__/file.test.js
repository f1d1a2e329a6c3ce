const { readFile } = require('node:fs/promises')
const { add } = require('../src/switches.js')
const { restoreSwitches } = require('../test-support/restore.js')

restoreSwitches()

test('the file can be read by people', async () => {
  await add('search', 'ada')
  const text = await readFile('data/switches.json', 'utf8')
  expect(text).toContain('    "search": {\n      "on": false,\n      "share": 0\n    }\n')
  expect(text.endsWith('}\n')).toBe(true)
})
