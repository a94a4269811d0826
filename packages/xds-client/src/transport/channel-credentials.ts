import { Buffer } from 'node:buffer'
import { readFileSync } from 'node:fs'
import process from 'node:process'
import { ChannelCredentials } from '@grpc/grpc-js'
import type { AdsCredentials, PemSource } from '../bootstrap/bootstrap.ts'

/**
 * The gRPC form of credentials. Files are read anew for each stream, so that rotated ones are used from then on.
 *
 * @throws {Error} if a file cannot be read, or is not what it should be.
 */
export function channelCredentials(credentials: AdsCredentials): ChannelCredentials {
  if (credentials.kind === 'insecure') return ChannelCredentials.createInsecure()
  const { roots, privateKey, certificateChain } = credentials
  return ChannelCredentials.createSsl(pem(roots), pem(privateKey), pem(certificateChain))
}

function pem(source: PemSource | undefined): Buffer | null {
  if (source === undefined) return null
  if ('pem' in source) return Buffer.from(source.pem)
  if ('file' in source) return readFileSync(source.file)
  return Buffer.from(process.env[source.environment] ?? '')
}
