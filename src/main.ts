import 'reflect-metadata';
import { AppModule } from './app.module.js';
import { bootHttp } from './http/boot-http.js';

const code = await bootHttp(AppModule);
if (code !== 0) process.exit(code);
