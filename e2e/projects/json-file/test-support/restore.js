const { load, save } = require('../src/store.js')

/** Puts the file back after every test, to what it was before the first. */
function restoreSwitches() {
  let before

  beforeAll(async () => {
    before = await load()
  })

  afterEach(async () => {
    await save(before)
  })
}

module.exports = { restoreSwitches }
