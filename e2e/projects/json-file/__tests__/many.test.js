const { add, names, remove } = require('../src/switches.js')
const { restoreSwitches } = require('../test-support/restore.js')

restoreSwitches()

test('holds many switches', async () => {
  for (let index = 10; index < 60; index++) await add(`switch-${index}`)
  expect(await names()).toHaveLength(52)
})

test('adds and removes', async () => {
  for (let index = 10; index < 40; index++) {
    await add('passing')
    await remove('passing')
  }
  expect(await names()).toEqual(['dark-mode', 'new-checkout'])
})
