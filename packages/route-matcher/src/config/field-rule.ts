/**
 * What becomes of a field of a message.
 *
 * A value starting with a capital is a message of the table of schemas, with `[]` a list and with `{}` a map of them. `line`: a
 * string that may stand in a header, so that no configuration can end one early. `typed`: an object with its type in `@type`.
 * `refuse`: it would change where a request goes, and is not honoured. `handed-on`: the caller gets it untouched or it has no effect here; a warning says so.
 */
export type FieldRule =
  | 'string'
  | 'line'
  | 'boolean'
  | 'uint32'
  | 'int64'
  | 'double'
  | 'duration'
  | 'positive-duration'
  | 'enum'
  | 'any'
  | 'map'
  | 'typed'
  | 'typed{}'
  | 'string[]'
  | 'line[]'
  | 'uint32[]'
  | 'refuse'
  | 'handed-on'
  | Message
  | `${Message}[]`
  | `${Message}{}`

type Message = Capitalize<string>
/** The fields of a message. */
export type Schema = Readonly<Record<string, FieldRule>>
