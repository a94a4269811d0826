import type { Bootstrap } from './bootstrap.ts'

/** How to speak of a bootstrap. */
export interface ParseBootstrapOptions {
  /** The file the text came from, for messages. Default: `bootstrap`. */
  readonly file?: string
}

/**
 * Parses a bootstrap in Envoy's own format: YAML or JSON, field names in snake_case or camelCase.
 *
 * @throws {BootstrapError} that lists every fault with its path and, for YAML and JSON alike, its line.
 */
export function parseBootstrap(text: string, options: ParseBootstrapOptions = {}): Bootstrap {
  throw new Error(`not there yet: ${text.length} ${options.file}`)
}
