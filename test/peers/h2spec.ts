import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'

/** The newest version that Go installs by name. */
const version = 'v2.2.1+incompatible'

/** Installs h2spec from the Go module proxy into `.cache`, unless it is there, and gives its path. */
export function installH2spec(): string {
  const folder = resolve('.cache/h2spec')
  const binary = resolve(folder, 'h2spec-2')
  if (existsSync(binary)) return binary
  execFileSync('go', ['install', `github.com/summerwind/h2spec/cmd/h2spec@${version}`], {
    env: { ...process.env, GOBIN: folder },
    stdio: 'inherit',
  })
  execFileSync('mv', [resolve(folder, 'h2spec'), binary])
  return binary
}
