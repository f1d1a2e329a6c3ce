/** Gives `NODE_OPTIONS` with one more module that every Node.js process loads first. */
export function withPreload(nodeOptions: string | undefined, preload: string): string {
  const require = `--require "${preload.replaceAll(/["\\]/g, String.raw`\$&`)}"`
  return nodeOptions === undefined ? require : `${nodeOptions} ${require}`
}
