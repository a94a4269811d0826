import { isAbsolute, sep } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Diagnostic, type SarifLog, sarifFromDiagnostics } from '@meshwright/mesh-config'
import { version } from '../version.ts'

/** Diagnostics as a SARIF log of this tool. */
export function sarifOf(diagnostics: readonly Diagnostic[]): SarifLog {
  return sarifFromDiagnostics(diagnostics, { toolVersion: version, uriOf })
}

/** The URI of a file. A relative path stays relative: code hosts take it from the root of the repository. */
export function uriOf(file: string): string {
  if (isAbsolute(file)) return pathToFileURL(file).href
  return file.split(sep).map(encodeURIComponent).join('/')
}
