export function accountOf(role) {
  const error = new Error(`ISOLANE_SEED_CONTRACT: role "${role}" has no program`)
  throw Object.assign(error, { name: 'IsolaneError' })
}
