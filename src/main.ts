import 'reflect-metadata';
import { bootHttp } from './http/boot-http.js';
import { AppModule } from './app.module.js';

const code = await bootHttp(AppModule);
if (code !== 0) process.exit(code);
