/** The name that protoc gives a field in JSON: underscores go, the letter after one is raised. */
export function camelCase(name: string): string {
  return name.replace(/_+(.)?/g, (_, letter: string | undefined) => letter?.toUpperCase() ?? '')
}
