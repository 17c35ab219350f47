/** Builds the WebAssembly examples into the folder: the modules' paths by name. */
export function buildExamples(folder: string): Record<string, string>;
