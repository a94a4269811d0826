// Runs every ```ts fence of the READMEs and the docs against the built packages.
// `expression // => value` asserts deep equality; ```ts no-run fences are only for show.
import { spawnSync } from 'node:child_process'
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { assertionsOf, fencesOf } from './fences.ts'

const pages = globSync(['README.md', 'packages/*/README.md', 'docs/**/*.md']).sort()
const files = pages.flatMap((page) =>
  fencesOf(readFileSync(page, 'utf8')).map((fence, n) => {
    // Beside the page, so that its imports resolve as its reader's would.
    const file = join(dirname(page), '.doctest', `${page.replaceAll(/[/.]/g, '-')}-${n}.test.ts`)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, assertionsOf(fence))
    return file
  }),
)
try {
  const { status } = spawnSync(process.execPath, ['--test', '--test-reporter=spec', ...files], {
    stdio: 'inherit',
  })
  process.exitCode = status ?? 1
  if (files.length === 0) {
    console.error('no fence found: the checker is broken')
    process.exitCode = 1
  }
} finally {
  for (const file of files) rmSync(dirname(file), { recursive: true, force: true })
}
