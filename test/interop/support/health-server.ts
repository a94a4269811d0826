import {
  Metadata,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type sendUnaryData,
} from '@grpc/grpc-js'

const bytes = { serialize: (it: Buffer): Buffer => it, deserialize: (it: Buffer): Buffer => it }

/** `grpc.health.v1.Health/Check`, its messages as bytes. */
export const healthService = {
  Check: {
    path: '/grpc.health.v1.Health/Check',
    requestStream: false,
    responseStream: false,
    requestSerialize: bytes.serialize,
    requestDeserialize: bytes.deserialize,
    responseSerialize: bytes.serialize,
    responseDeserialize: bytes.deserialize,
  },
} as const

/** HealthCheckResponse { status: SERVING }. */
const serving = Buffer.from([0x08, 0x01])

/** Starts a gRPC server that says it is well, and in the header `backend` who it is. */
export async function startHealthServer(
  backend: string,
  address: string,
  port: number,
): Promise<Server> {
  const server = new Server()
  server.addService(healthService, {
    Check(call: ServerUnaryCall<Buffer, Buffer>, reply: sendUnaryData<Buffer>) {
      const header = new Metadata()
      header.set('backend', backend)
      call.sendMetadata(header)
      reply(null, serving)
    },
  })
  await new Promise<void>((resolve, reject) => {
    server.bindAsync(`${address}:${port}`, ServerCredentials.createInsecure(), (error) =>
      error === null ? resolve() : reject(error),
    )
  })
  return server
}
