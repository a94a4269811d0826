import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'

/** What Bookinfo's programs pass on from a request to those it causes. */
const propagated = ['x-request-id', 'end-user', 'traceparent', 'tracestate']

/** Answers with JSON on HOST:PORT; says so on standard output once it listens. */
export function serve(
  name: string,
  answer: (request: IncomingMessage) => Promise<unknown> | unknown,
): void {
  const { HOST = '127.0.0.1', PORT = '8080' } = process.env
  const server = createServer((incoming, response) => {
    Promise.resolve(incoming)
      .then(answer)
      .then(
        (body) => send(response, body === undefined ? 404 : 200, body ?? { error: 'no such page' }),
        (error: Error) => send(response, 502, { error: error.message }),
      )
  })
  server.listen(Number(PORT), HOST, () => console.log(`${name} listens on ${HOST}:${PORT}`))
  process.once('SIGTERM', () => server.close(() => process.exit(0)).closeAllConnections())
}

/** Asks another service; `http_proxy` in the environment decides by which way. */
export function ask(url: string, incoming: IncomingMessage): Promise<unknown> {
  const headers = Object.fromEntries(
    propagated.flatMap((name) => {
      const value = incoming.headers[name]
      return typeof value === 'string' ? [[name, value]] : []
    }),
  )
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { headers }, (response) => {
      response.setEncoding('utf8')
      let text = ''
      response.on('data', (chunk: string) => {
        text += chunk
      })
      response.on('error', reject)
      response.on('end', () => {
        if (response.statusCode === 200) resolve(JSON.parse(text))
        else reject(new Error(`${url} answered ${response.statusCode}`))
      })
    })
    outgoing.on('error', reject)
    outgoing.end()
  })
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(`${JSON.stringify(body)}\n`)
}
