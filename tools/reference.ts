// Writes the pages of docs/reference that are made from the code; with --check it only compares, and fails on a difference.
// The packages must be built: the page on the command shows what the command prints.
import { readFileSync, writeFileSync } from 'node:fs'
import { cliPage } from './reference-cli.ts'
import { istioFieldsPage } from './reference-istio-fields.ts'
import { resourcesPage } from './reference-resources.ts'

const pages: Readonly<Record<string, () => string>> = {
  'docs/reference/cli.md': cliPage,
  'docs/reference/istio-fields.md': istioFieldsPage,
  'docs/reference/resources.md': resourcesPage,
}
const note = '<!-- Made from the code by `npm run reference`: do not edit. -->'
const isCheck = process.argv.includes('--check')

const stale = Object.entries(pages).filter(([path, make]) => {
  const page = `${note}\n\n${make()}\n`
  if (page === contentOf(path)) return false
  if (!isCheck) writeFileSync(path, page)
  return true
})
for (const [path] of stale) console.log(isCheck ? `${path} is not what the code says` : path)
if (isCheck && stale.length > 0) {
  console.log('run: npm run reference')
  process.exitCode = 1
}

function contentOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
