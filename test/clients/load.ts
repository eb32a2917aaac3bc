/** The module of a package of this folder's own, with what a test uses of it. */
export async function load<T>(name: string): Promise<T> {
  return (await import(/* @vite-ignore */ name)) as T;
}
