import { createHash } from 'node:crypto'
import { mkdir, open, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import type { SourceFile } from '@meshwright/mesh-config'
import { ControlPlaneError } from './errors.ts'

/** The configuration that was accepted last, kept in a directory. */
export interface AcceptedConfig {
  readonly files: readonly SourceFile[]
  /** Milliseconds since 1970. */
  readonly acceptedAtWallMs: number
}

const fileName = 'accepted-config.json'
const format = 1
const ownerOnly = 0o600
const ownerOnlyFolder = 0o700

/**
 * Writes what was accepted, so that either the old or the new is there whatever happens meanwhile.
 *
 * @throws {ControlPlaneError} if the directory cannot be written
 */
export async function saveAccepted(stateDir: string, accepted: AcceptedConfig): Promise<void> {
  const { files, acceptedAtWallMs } = accepted
  const text = JSON.stringify({ format, acceptedAtWallMs, digest: digestOf(files), files })
  const path = join(stateDir, fileName)
  try {
    await mkdir(stateDir, { recursive: true, mode: ownerOnlyFolder })
    await writeDurably(`${path}.new`, text)
    await rename(`${path}.new`, path)
    await syncFolder(stateDir)
  } catch (cause) {
    throw stateError(`cannot keep the accepted configuration in ${stateDir}`, cause)
  }
}

/**
 * What was accepted last; `undefined` if nothing ever was.
 *
 * @throws {ControlPlaneError} if it is there and cannot be read, or is not what was written
 */
export async function loadAccepted(stateDir: string): Promise<AcceptedConfig | undefined> {
  const path = join(stateDir, fileName)
  try {
    const { digest, files, acceptedAtWallMs } = parse(await readFile(path, 'utf8'))
    if (digest !== digestOf(files))
      throw new TypeError('expected the digest of its files, got another')
    return { files, acceptedAtWallMs }
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined
    throw stateError(`cannot read the accepted configuration from ${path}`, cause)
  }
}

async function writeDurably(path: string, text: string): Promise<void> {
  await using file = await open(path, 'w', ownerOnly)
  await file.writeFile(text)
  await file.sync()
}

/** Makes the new name last, too. */
async function syncFolder(path: string): Promise<void> {
  await using folder = await open(path, 'r')
  await folder.sync()
}

function digestOf(files: readonly SourceFile[]): string {
  const hash = createHash('sha256')
  for (const { path, text } of files) hash.update(JSON.stringify([path, text]))
  return hash.digest('hex')
}

function parse(text: string): AcceptedConfig & { readonly digest: string } {
  const value: unknown = JSON.parse(text)
  if (!isAccepted(value)) throw new TypeError(`expected format ${format}, got another`)
  return value
}

function isAccepted(value: unknown): value is AcceptedConfig & { readonly digest: string } {
  return (
    typeof value === 'object' &&
    value !== null &&
    'format' in value &&
    value.format === format &&
    'digest' in value &&
    typeof value.digest === 'string' &&
    'acceptedAtWallMs' in value &&
    typeof value.acceptedAtWallMs === 'number' &&
    'files' in value &&
    Array.isArray(value.files) &&
    value.files.every(isSourceFile)
  )
}

function isSourceFile(value: unknown): value is SourceFile {
  return (
    typeof value === 'object' &&
    value !== null &&
    'path' in value &&
    typeof value.path === 'string' &&
    'text' in value &&
    typeof value.text === 'string'
  )
}

function stateError(message: string, cause: unknown): ControlPlaneError {
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new ControlPlaneError(`${message}: ${reason}`, { code: 'ERR_CONTROL_PLANE_STATE', cause })
}
