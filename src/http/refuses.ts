/** `@Refuses(…)`: the problems that are this operation's own. Those of its parameters, body and credentials go without saying. */
import { ApiExtension } from '@nestjs/swagger';
import type { ProblemCode } from './problem-catalog.js';

export const PROBLEM_CODES = 'x-problem-codes';

export const Refuses = (...codes: ProblemCode[]): MethodDecorator => ApiExtension(PROBLEM_CODES, codes);
