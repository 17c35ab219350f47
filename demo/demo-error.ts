/** Its message is for the person who started us: what is wrong and what to do. */
export class DemoError extends Error {}
