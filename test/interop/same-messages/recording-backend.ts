import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A backend that answers everything and remembers what it was asked. */
export interface RecordingBackend {
  readonly port: number
  /** What arrived since this was last asked, in order. */
  taken(): Promise<string[]>
  close(): void
}

/** Starts one on a free port. */
export async function startRecordingBackend(): Promise<RecordingBackend> {
  let records: string[] = []
  const pending = new Set<Promise<unknown>>()
  const server = createServer({ maxHeaderSize: 200_000 }, (request, response) => {
    const done = bodyOf(request).then((body) => {
      if (body !== undefined) records.push(recordOf(request, body))
    })
    pending.add(done)
    void done.finally(() => pending.delete(done))
    request.on('end', () => response.end('ok\n'))
  })
  server.maxHeadersCount = 0
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (!brokenOff.has(error.code ?? '')) records.push(`not HTTP: ${error.code}`)
    socket.destroy()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    async taken() {
      await Promise.all(pending)
      const all = records
      records = []
      return all
    },
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}

/** How a message ends that was never whole. */
const brokenOff = new Set(['HPE_INVALID_EOF_STATE', 'ECONNRESET', 'EPIPE'])

/** The body; undefined if the request broke off: how much of it a proxy had sent on before is a matter of chance. */
async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  let body = ''
  request.setEncoding('latin1')
  try {
    for await (const chunk of request) body += chunk
    return body
  } catch {
    return undefined
  }
}

/** What differs from one run to the next is left out, as is what tells nothing. */
function recordOf(request: IncomingMessage, body: string): string {
  const { method, url, rawHeaders, rawTrailers } = request
  return JSON.stringify({
    method,
    url,
    headers: pairs(rawHeaders),
    body,
    trailers: pairs(rawTrailers),
  })
}

function pairs(raw: readonly string[]): string[] {
  const names = raw.filter((_, i) => i % 2 === 0).map((it) => it.toLowerCase())
  const values = raw.filter((_, i) => i % 2 === 1)
  return names
    .map((name, i) => `${name}: ${uuid.test(values[i] ?? '') ? 'a UUID' : values[i]}`)
    .sort()
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
