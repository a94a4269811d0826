// The twin of grpc-go/main.go: calls an xds:/// target and prints, for every call, the backend that answered or the error.
import { Client, credentials, Metadata } from '@grpc/grpc-js'
import { register } from '@grpc/grpc-js-xds'
import { healthService } from './support/health-server.ts'

register()
const [target = '', calls = '0', intervalMs = '0'] = process.argv.slice(2)
const client = new Client(target, credentials.createInsecure())
for (let i = 0; i < Number(calls); i++) {
  console.log(await call())
  await new Promise((resolve) => setTimeout(resolve, Number(intervalMs)))
}
client.close()
process.exit(0)

function call(): Promise<string> {
  const { path, requestSerialize, responseDeserialize } = healthService.Check
  return new Promise((resolve) => {
    let backend = 'none'
    client
      .makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        Buffer.alloc(0),
        new Metadata({ waitForReady: true }),
        { deadline: Date.now() + 10_000 },
        (error) => resolve(error === null ? `backend ${backend}` : `error ${error.message}`),
      )
      .on('metadata', (header) => {
        backend = String(header.get('backend')[0])
      })
  })
}
