/** The `google.rpc.Status` of a NACK: code 3, INVALID_ARGUMENT. */
export function invalidArgument(message: string): { readonly code: 3; readonly message: string } {
  return { code: 3, message }
}
