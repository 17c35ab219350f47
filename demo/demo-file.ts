/** The keys of the demo accounts, written by the coordinator into the home folder. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Credential {
  accountId: string;
  apiKey: string;
}

export interface DemoFile {
  baseUrl: string;
  developer: Credential;
  volunteers: Credential[];
  auditor: Credential;
  operator: Credential;
}

export const demoFilePath = (home: string): string => join(home, 'demo.json');

export function readDemoFile(home: string): DemoFile {
  return JSON.parse(readFileSync(demoFilePath(home), 'utf8')) as DemoFile;
}
