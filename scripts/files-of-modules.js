// Which modules are bundled into one file: those that are loaded together.

/** @typedef {readonly [name: string, ...modules: string[]]} LoadedTogether The name of a file, and the modules it is for. */

/**
 * Gives a file to each module that all modules named with a file load statically, the first of these files; null to others.
 *
 * @param {import("rolldown").RolldownBuild} bundle
 * @param {readonly LoadedTogether[]} files
 */
export async function filesOfModules(bundle, files) {
  // Divided by what loads it, and so without what a module imports and does not use.
  const { output } = await bundle.generate();
  const chunks = new Map(output.flatMap((each) => (each.type === "chunk" ? [[each.fileName, each]] : [])));
  /** @type {Map<string, string>} */
  const names = new Map();
  for (const [name, ...loaders] of files) {
    const [first, ...others] = loaders.map((loader) => modulesLoadedWith(loader, chunks));
    for (const module of first ?? []) {
      if (!names.has(module) && others.every((other) => other.has(module))) names.set(module, name);
    }
  }
  /** @param {string} module */
  return (module) => names.get(module) ?? null;
}

/**
 * @param {string} loader
 * @param {ReadonlyMap<string, import("rolldown").OutputChunk>} chunks By file name.
 */
function modulesLoadedWith(loader, chunks) {
  const start = [...chunks.values()].find(({ facadeModuleId }) => facadeModuleId === loader);
  if (start === undefined)
    throw new Error(`${loader} is nothing that is loaded when it is needed, so it begins no file`);
  const loaded = new Set([start]);
  for (const chunk of loaded) {
    for (const name of chunk.imports) {
      const next = chunks.get(name);
      if (next !== undefined) loaded.add(next);
    }
  }
  return new Set([...loaded].flatMap(({ moduleIds }) => moduleIds));
}
