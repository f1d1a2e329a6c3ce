const { createHash } = require('node:crypto')
const { load, save } = require('./store.js')

/** Adds a switch, off for everybody. */
async function add(name, by = 'admin') {
  await change(name, by, 'added', (switches) => {
    if (switches[name] !== undefined) throw new Error(`There is a switch ${name} already.`)
    switches[name] = { on: false, share: 0 }
  })
}

/** Turns a switch on, for everybody or for a share of the users in percent. */
async function turnOn(name, { share = 100, by = 'admin' } = {}) {
  if (share < 0 || share > 100) throw new RangeError(`No share of users: ${share}`)
  await change(name, by, `on for ${share} %`, (switches) => {
    switches[name] = { on: true, share }
  })
}

async function turnOff(name, { by = 'admin' } = {}) {
  await change(name, by, 'off', (switches) => {
    switches[name] = { on: false, share: 0 }
  })
}

async function remove(name, by = 'admin') {
  await change(name, by, 'removed', (switches) => {
    delete switches[name]
  })
}

/** True when the switch is on for this user. */
async function isOn(name, user = '') {
  const { switches } = await load()
  const { on, share } = switches[name] ?? { on: false, share: 0 }
  return on && place(name, user) < share
}

async function names() {
  const { switches } = await load()
  return Object.keys(switches).sort()
}

/** Who changed what, the last change first. */
async function history(name) {
  const { log } = await load()
  return log.filter((entry) => name === undefined || entry.name === name).reverse()
}

async function change(name, by, what, apply) {
  const data = await load()
  if (what !== 'added' && data.switches[name] === undefined) {
    throw new Error(`There is no switch ${name}.`)
  }
  apply(data.switches)
  data.log.push({ name, by, what })
  await save(data)
}

// From 0 to 99, always the same for a user and a switch.
function place(name, user) {
  return createHash('sha1').update(`${name}:${user}`).digest().readUInt32BE() % 100
}

module.exports = { add, history, isOn, names, remove, turnOff, turnOn }
