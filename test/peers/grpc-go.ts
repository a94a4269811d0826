import { execFileSync } from 'node:child_process'
import { resolve } from 'node:path'

const source = 'test/interop/grpc-go'

/** Builds a grpc-go program of the interoperability tests into `.cache` and gives its path. */
export function buildGrpcGo(program: 'client' | 'interop' = 'client'): string {
  const binary = resolve(`.cache/grpc-go-${program}`)
  const path = program === 'client' ? '.' : `./${program}`
  execFileSync('go', ['build', '-o', binary, path], { cwd: source, stdio: 'inherit' })
  return binary
}
