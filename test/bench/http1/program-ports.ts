import { readFileSync } from 'node:fs'

/** The ports that a proxy of this benchmark in node is told by the file it is given: its own, and the backend's. */
export function portsFromArguments(): { readonly port: number; readonly backend: number } {
  return JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8'))
}

/** As many connections to the backend as nginx keeps here. */
export const mostConnections = 128
