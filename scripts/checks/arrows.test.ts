import { expect, test } from 'vitest'
import { checkArrows } from './arrows.ts'
import { makeCheckout } from './test-checkout.ts'

const manifests = {
  'packages/record/package.json': { name: '@isolane/record' },
  'packages/core/package.json': {
    name: '@isolane/core',
    dependencies: { '@isolane/record': '0.1.0', zod: '4.0.0' },
  },
  'packages/flake/package.json': {
    name: '@isolane/flake',
    dependencies: { '@isolane/record': '0.1.0' },
  },
  'packages/cli/package.json': { name: 'isolane' },
}

function problemsOf(files: Record<string, string | object>): string[] {
  return checkArrows(makeCheckout({ ...manifests, ...files }))
}

test('imports along the arrows pass', () => {
  expect(
    problemsOf({
      'packages/core/src/index.ts':
        "/** The lanes. */\nexport { lanes } from './lanes.ts'\nexport type { A } from '@isolane/record'\n",
      'packages/core/src/lanes.ts':
        "import { z } from 'zod'\nimport { record } from '@isolane/record'\nimport './shared/env.ts'\n",
      'packages/core/src/host/host.ts': "import '../shared/env.ts'\nimport './lane.ts'\n",
      'packages/core/test/lanes.test.ts': "import { lanes } from '@isolane/core'\n",
      'packages/cli/src/main.ts': "import '@isolane/flake'\nimport '@isolane/core/host'\n",
      'packages/cli/src/index.ts': 'export {}\n',
      'playground/lanes.ts': "import { lanes } from '@isolane/core'\nimport './src/app.ts'\n",
    }),
  ).toEqual([])
})

test('a package that imports against the arrows is named, however it does', () => {
  expect(
    problemsOf({
      'packages/flake/src/a.ts': "\nimport { lanes } from '@isolane/core'\n",
      'packages/flake/src/b.ts': "import type { Lane } from '@isolane/core/host'\n",
      'packages/flake/src/c.ts': "export * from '@isolane/core'\n",
      'packages/flake/src/d.ts': "const core = await import('@isolane/core')\n",
      'packages/record/src/e.ts': "type Lane = import('@isolane/core').Lane\n",
      'packages/record/src/f.ts': "import {\n  one,\n  two,\n} from 'isolane'\n",
    }),
  ).toEqual([
    'packages/flake/src/a.ts:2 imports @isolane/core: flake may import only record, sandbox.',
    'packages/flake/src/b.ts:1 imports @isolane/core/host: flake may import only record, sandbox.',
    'packages/flake/src/c.ts:1 imports @isolane/core: flake may import only record, sandbox.',
    'packages/flake/src/d.ts:1 imports @isolane/core: flake may import only record, sandbox.',
    'packages/record/src/e.ts:1 imports @isolane/core: record may import no other package.',
    'packages/record/src/f.ts:1 imports isolane: record may import no other package.',
  ])
})

test('a dependency against the arrows is named before anything imports it', () => {
  expect(
    problemsOf({
      'packages/record/package.json': {
        name: '@isolane/record',
        peerDependencies: { '@isolane/core': '0.1.0' },
      },
      'packages/extra/package.json': { name: '@isolane/extra' },
    }),
  ).toEqual([
    'packages/extra has no arrows; add them in scripts/checks/arrows.ts.',
    '@isolane/record depends on @isolane/core: record may import no other package.',
  ])
})

test('host and child never import each other, and shared imports neither', () => {
  expect(
    problemsOf({
      'packages/core/src/child/client.ts': "import type { Host } from '../host/host.ts'\n",
      'packages/core/src/host/pool.ts': "import '../child/deep/entry.ts'\n",
      'packages/core/src/shared/env.ts': "export { x } from '../host/host.ts'\n",
    }),
  ).toEqual([
    'packages/core/src/child/client.ts:1 imports ../host/host.ts: child/ never imports host/; what both need is in shared/.',
    'packages/core/src/host/pool.ts:1 imports ../child/deep/entry.ts: host/ never imports child/; what both need is in shared/.',
    'packages/core/src/shared/env.ts:1 imports ../host/host.ts: shared/ never imports host/; what both need is in shared/.',
  ])
})

test('an index.ts only re-exports and is never imported from inside', () => {
  expect(
    problemsOf({
      'packages/core/src/index.ts': "export { a } from './a.ts'\nexport const b = 1\n",
      'packages/core/src/a.ts':
        "import { b } from './index.ts'\nimport { a } from '@isolane/core'\n",
    }),
  ).toEqual([
    'packages/core/src/a.ts:1 imports ./index.ts: an index.ts is for others; inside the package the file itself is imported.',
    'packages/core/src/a.ts:2 imports @isolane/core: a package does not import itself by its published name.',
    'packages/core/src/index.ts holds code of its own; an index.ts only re-exports.',
  ])
})

test('rooms outside of packages/ reach packages only by their published names', () => {
  expect(
    problemsOf({
      'playground/lanes.ts': "import '../packages/core/src/lanes.ts'\n",
      'packages/core/src/a.ts': "import '../../record/src/record.ts'\n",
      'bench/src/main.ts': "import '../../playground/lanes.ts'\n",
    }),
  ).toEqual([
    'bench/src/main.ts:1 imports ../../playground/lanes.ts: bench does not reach into playground.',
    'packages/core/src/a.ts:1 imports ../../record/src/record.ts: another package is imported by its published name.',
    'playground/lanes.ts:1 imports ../packages/core/src/lanes.ts: another package is imported by its published name.',
  ])
})

test('what is only written in a comment or a string is not an import', () => {
  expect(
    problemsOf({
      'packages/record/src/a.ts': [
        '/** @example import { lanes } from "@isolane/core" */',
        "// import { lanes } from '@isolane/core'",
        "const page = 'https://example.com'",
        "const project = `import { lanes } from '@isolane/core'`",
        `const other = "import '@isolane/core'"`,
        'export { page, project, other }',
      ].join('\n'),
    }),
  ).toEqual([])
})
