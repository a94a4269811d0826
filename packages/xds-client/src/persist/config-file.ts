import { mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { type SavedConfig, savedTypes } from '../config-state.ts'

const format = 1

/** What a file holds. */
export interface ConfigFile {
  /** `node.id` of the proxy whose configuration it is. */
  readonly nodeId: string
  /** Milliseconds since the epoch. */
  readonly savedAt: number
  readonly config: SavedConfig
}

/**
 * Replaces the file in one step, so that a reader finds the old content or the new. Only the owner may read it:
 * resources can hold private keys.
 *
 * @throws {Error} of the file system.
 */
export async function writeConfigFile(path: string, file: ConfigFile): Promise<void> {
  const body = JSON.stringify(file)
  const temporary = `${path}.tmp`
  await mkdir(dirname(path), { recursive: true })
  try {
    await writeDurably(temporary, `${JSON.stringify({ format, sha256: sha256(body) })}\n${body}\n`)
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}

async function writeDurably(path: string, text: string): Promise<void> {
  await using file = await open(path, 'w', 0o600)
  await file.writeFile(text)
  await file.sync()
}

/**
 * Reads what {@link writeConfigFile} wrote; undefined if there is no file.
 *
 * @throws {Error} if it cannot be read, or is not whole.
 */
export async function readConfigFile(path: string): Promise<ConfigFile | undefined> {
  const text = await readText(path)
  if (text === undefined) return undefined
  const end = text.indexOf('\n')
  const head: unknown = JSON.parse(text.slice(0, end))
  const body = text.slice(end + 1).trimEnd()
  if (!isRecord(head) || head['format'] !== format) {
    throw new Error(
      `expected format ${format}, got ${JSON.stringify(isRecord(head) && head['format'])}`,
    )
  }
  if (head['sha256'] !== sha256(body)) throw new Error('the checksum does not match the content')
  const file: unknown = JSON.parse(body)
  if (!isConfigFile(file)) throw new Error('expected the resources of each type')
  return file
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (isRecord(error) && error['code'] === 'ENOENT') return undefined
    throw error
  }
}

function sha256(text: string): string {
  // Loaded when needed: most proxies keep nothing.
  const { createHash } = process.getBuiltinModule('node:crypto')
  return createHash('sha256').update(text).digest('hex')
}

// The checksum vouches for the rest: nobody but `writeConfigFile` wrote it.
function isConfigFile(value: unknown): value is ConfigFile {
  if (!isRecord(value)) return false
  const { config } = value as { readonly config?: unknown }
  return isRecord(config) && savedTypes.every((type) => Array.isArray(config[type]))
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
