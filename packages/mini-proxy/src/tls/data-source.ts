import { readFileSync } from 'node:fs'
import { refuse } from '../errors.ts'

/** `envoy.config.core.v3.DataSource` in proto3 JSON. */
export interface DataSourceJson {
  readonly filename?: string
  readonly inlineString?: string
  /** Base64. */
  readonly inlineBytes?: string
  readonly environmentVariable?: string
}

/** The bytes behind a data source, read now. `where` names the field for the refusal, which never shows the content. */
export function readDataSource(where: string, source: DataSourceJson): Buffer {
  if (source.inlineString !== undefined) return Buffer.from(source.inlineString)
  if (source.inlineBytes !== undefined) return Buffer.from(source.inlineBytes, 'base64')
  if (source.filename === undefined) refuse(`${where}: neither file nor inline data`)
  try {
    return readFileSync(source.filename)
  } catch (error) {
    return refuse(`${where}: cannot read ${JSON.stringify(source.filename)}`, error)
  }
}
