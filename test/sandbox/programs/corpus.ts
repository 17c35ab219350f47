/** All the programs whose answers are V8's. Names are unique: golden files are read by them. */
import { algorithms } from './algorithms.js';
import { array } from './array.js';
import { asyncAndModules } from './async.js';
import { binary } from './binary.js';
import { objects } from './classes.js';
import { collections } from './collections.js';
import { date } from './date.js';
import { flow } from './flow.js';
import { language } from './functions.js';
import { json } from './json.js';
import { newer } from './newer.js';
import { numbers } from './number.js';
import type { Program } from './program.js';
import { reflection } from './reflection.js';
import { regexp } from './regexp.js';
import { string } from './string.js';

export const corpus: readonly Program[] = [
  ...array,
  ...string,
  ...numbers,
  ...date,
  ...regexp,
  ...json,
  ...collections,
  ...reflection,
  ...binary,
  ...language,
  ...flow,
  ...objects,
  ...asyncAndModules,
  ...newer,
  ...algorithms,
];
