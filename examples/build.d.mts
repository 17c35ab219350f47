/** Builds the WebAssembly examples, or those named, into the folder: the modules' paths by name. */
export function buildExamples(folder: string, names?: string[]): Record<string, string>;
