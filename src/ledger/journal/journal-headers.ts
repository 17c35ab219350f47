/** Headers that name what an export was made from. */
export const TREE_SIZE = {
  description: 'The tree that this was made from: leaves of the log',
  schema: { type: 'string' as const, example: '1042' },
};
export const NEXT_CURSOR = {
  description: 'Where the next file begins; absent on the last',
  schema: { type: 'string' as const },
};
export const THIS_CURSOR = {
  description: 'Asks for this very file again, the same to the byte, however the books have grown',
  schema: { type: 'string' as const },
};
