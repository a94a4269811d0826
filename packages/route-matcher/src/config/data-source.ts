import type { DataSourceJson } from './action-config.ts'
import { decodeBase64 } from './base64.ts'
import { type Findings, fault } from './findings.ts'

/** Where a text is that the configuration does not hold itself. */
export type DataSource =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'environment-variable'; readonly name: string }

/** Reads a data source; undefined if there is nothing, which is a fault. What it throws passes through. */
export type ReadDataSource = (source: DataSource) => string | undefined

/** The content of a data source; undefined if there is none. */
export function readData(
  source: DataSourceJson,
  path: string,
  findings: Findings,
): string | Uint8Array | undefined {
  const given = kinds.filter((kind) => source[kind] !== undefined)
  if (given.length !== 1) {
    const got = given.length === 0 ? 'none of them' : given.join(' and ')
    fault(findings, path, `expected one of ${kinds.join(', ')}, got ${got}`)
  }
  const { filename, environmentVariable, inlineBytes, inlineString } = source
  if (filename !== undefined) {
    return readElsewhere({ kind: 'file', path: filename }, `${path}.filename`, findings)
  }
  if (environmentVariable !== undefined) {
    const at = `${path}.environmentVariable`
    return readElsewhere({ kind: 'environment-variable', name: environmentVariable }, at, findings)
  }
  if (inlineBytes === undefined) return inlineString
  const bytes = decodeBase64(inlineBytes)
  if (bytes === undefined) {
    fault(findings, `${path}.inlineBytes`, 'expected base64, got something else')
  }
  return bytes
}

const kinds = ['filename', 'inlineBytes', 'inlineString', 'environmentVariable'] as const

function readElsewhere(source: DataSource, path: string, findings: Findings): string | undefined {
  const { readDataSource } = findings
  if (readDataSource === undefined) {
    fault(findings, path, 'expected the option readDataSource, got none')
    return undefined
  }
  const content = readDataSource(source)
  if (content === undefined) fault(findings, path, 'expected something to read, got nothing')
  return content
}
