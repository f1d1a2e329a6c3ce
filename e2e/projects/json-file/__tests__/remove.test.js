const { isOn, names, remove } = require('../src/switches.js')
const { restoreSwitches } = require('../test-support/restore.js')

restoreSwitches()

test('removes a switch', async () => {
  await remove('dark-mode')
  expect(await names()).toEqual(['new-checkout'])
  expect(await isOn('dark-mode')).toBe(false)
})

test('it is back in the next test', async () => {
  expect(await names()).toEqual(['dark-mode', 'new-checkout'])
})
