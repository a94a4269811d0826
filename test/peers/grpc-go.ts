import { execFileSync } from 'node:child_process'
import { resolve } from 'node:path'

const source = 'test/interop/grpc-go'

/** Builds the grpc-go client of the interoperability tests into `.cache` and gives its path. */
export function buildGrpcGo(): string {
  const binary = resolve('.cache/grpc-go')
  execFileSync('go', ['build', '-o', binary, '.'], { cwd: source, stdio: 'inherit' })
  return binary
}
