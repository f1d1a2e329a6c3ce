import { expect, test } from 'vitest'
import { checkLockFile } from './lock-file.ts'
import { makeCheckout } from './test-checkout.ts'

test('a lock file that agrees with the manifests and names no registry passes', () => {
  const root = makeCheckout({
    'package.json': { devDependencies: { vitest: '5.1.1' } },
    'package-lock.json': {
      packages: {
        '': { devDependencies: { vitest: '5.1.1' } },
        'node_modules/vitest': { version: '5.1.1', integrity: 'sha512-…' },
        'node_modules/@isolane/core': { resolved: 'packages/core', link: true },
      },
    },
  })

  expect(checkLockFile(root)).toEqual([])
})

test('a registry host and every difference from the manifests are named', () => {
  const root = makeCheckout({
    'package.json': { devDependencies: { vitest: '5.1.1', zod: '4.0.0' } },
    'packages/core/package.json': { dependencies: { execa: '10.0.0' } },
    'package-lock.json': {
      packages: {
        '': { devDependencies: { vitest: '5.1.0', zod: '4.0.0' } },
        'packages/core': { dependencies: {} },
        'node_modules/vitest': { resolved: 'https://registry.example/vitest.tgz' },
      },
    },
  })

  expect(checkLockFile(root)).toEqual([
    'package.json asks for vitest 5.1.1, package-lock.json for 5.1.0.',
    'packages/core/package.json asks for execa 10.0.0, package-lock.json for (not at all).',
    'package-lock.json: node_modules/vitest is tied to https://registry.example/vitest.tgz.',
    'Run `npm install` to bring the lock file up to date.',
  ])
})
