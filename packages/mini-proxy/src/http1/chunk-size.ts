import { maxChunkExtensionBytes } from './http1-limits.ts'

/** Reads the lines that announce chunks, byte by byte. Extensions are checked, counted and dropped. */
export class ChunkSize {
  #part: 'digits' | 'extension' | 'line-feed' | 'complete' = 'digits'
  #digits = 0
  #value = 0
  #extensionBytes = 0

  /** Bytes of the chunk; 0 ends the body. */
  get value(): number {
    return this.#value
  }

  get complete(): boolean {
    return this.#part === 'complete'
  }

  /** Makes ready for a new message. */
  restart(): void {
    this.#extensionBytes = 0
    this.nextChunk()
  }

  nextChunk(): void {
    this.#part = 'digits'
    this.#digits = 0
    this.#value = 0
  }

  /** Returns where it stopped: after the line, or at the end of `chunk`; -1 if the line is malformed. */
  read(chunk: Buffer, start: number): number {
    for (let at = start; at < chunk.length; at += 1) {
      if (!this.#take(chunk[at] ?? 0)) return -1
      if (this.#part === 'complete') return at + 1
    }
    return chunk.length
  }

  #take(byte: number): boolean {
    if (this.#part === 'line-feed') {
      this.#part = 'complete'
      return byte === 10
    }
    if (byte === 13 && this.#digits > 0) {
      this.#part = 'line-feed'
      return true
    }
    return this.#part === 'digits' ? this.#takeDigit(byte) : this.#takeExtension(byte)
  }

  #takeDigit(byte: number): boolean {
    if (byte === 59 && this.#digits > 0) {
      this.#part = 'extension'
      return this.#takeExtension(byte)
    }
    const digit = hexDigit(byte)
    this.#value = this.#value * 16 + digit
    this.#digits += 1
    return digit >= 0 && this.#digits <= 16 && this.#value <= Number.MAX_SAFE_INTEGER
  }

  #takeExtension(byte: number): boolean {
    this.#extensionBytes += 1
    const isText = byte === 9 || (byte >= 32 && byte !== 127)
    return isText && this.#extensionBytes <= maxChunkExtensionBytes
  }
}

function hexDigit(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48
  const lower = byte | 32
  return lower >= 97 && lower <= 102 ? lower - 87 : -1
}
