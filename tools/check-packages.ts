// Fails when a package departs from what all packages promise, or when the repository does not stand alone.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { rules } from './package-rules.ts'
import { readPackages } from './packages.ts'

const complaints = readPackages().flatMap((it) =>
  rules.flatMap((rule) => rule(it)).map((text) => `${it.folder}: ${text}`),
)
const outside = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], { encoding: 'utf8' })
  .split('\n')
  .filter((path) => /\.(ts|js|json|md|ya?ml|go|py|sh)$|^\.ci\/run$/.test(path))
  .filter((path) => /(\.\.\/){1,}shared\b/.test(readFileSync(path, 'utf8')))
  .filter((path) => path !== 'tools/check-packages.ts')
complaints.push(...outside.map((path) => `${path}: refers to a folder beside the repository`))

for (const text of complaints) console.error(text)
process.exitCode = complaints.length === 0 ? 0 : 1
