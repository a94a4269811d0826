import { type Agent, request } from 'node:http'

/** An answer, read to its end. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
}

/** What to ask, and how. */
export interface AskOptions {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly agent?: Agent
}

const limitMs = 10_000

/** One request. Rejects when the connection fails or the answer does not come whole. */
export function ask(url: string, options: AskOptions = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { ...options, timeout: limitMs }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        text += chunk
      })
      response.on('error', reject)
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text }),
      )
    })
    outgoing.on('timeout', () =>
      outgoing.destroy(new Error(`no answer from ${url} in ${limitMs} ms`)),
    )
    outgoing.on('error', reject)
    outgoing.end()
  })
}

/** Asks again and again until the answer pleases, every 20 ms, for at most `limitMs`. */
export async function until<T>(
  what: string,
  look: () => Promise<T | undefined>,
  limitMs: number,
): Promise<T> {
  const deadline = performance.now() + limitMs
  while (performance.now() < deadline) {
    const found = await look().catch(() => undefined)
    if (found !== undefined) return found
    await new Promise((resolve) => setTimeout(resolve, pollMs))
  }
  throw new Error(`waited ${limitMs} ms for ${what}`)
}

const pollMs = 20
