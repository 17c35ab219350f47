/**
 * Sessions take the application's role as they connect, but a login that is more than that role can leave it again (SET ROLE NONE):
 * where the owner's URL serves as DATABASE_URL, whoever runs SQL in the application owns the books. A grid for others is told.
 */
import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Settings } from '../settings/settings.js';
import { APP_ROLE, LEDGER_ROLE } from './app-role.js';

@Injectable()
export class WarnOfOwnerLogin implements OnApplicationBootstrap {
  private readonly logger = new Logger(WarnOfOwnerLogin.name);

  constructor(
    private readonly dataSource: DataSource,
    private readonly settings: Settings,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    if (!this.settings.production) return;
    const login = await ownerLogin(this.dataSource);
    if (login !== undefined)
      this.logger.warn(
        `the login ${login} of DATABASE_URL may change the ledger: give the application a login of its own ` +
          `(CREATE ROLE potluck_login LOGIN PASSWORD '…' IN ROLE ${APP_ROLE}) and keep the owner's for DATABASE_OWNER_URL; docs/operations.md says how`,
      );
  }
}

/** The session's login, where it could leave the application's role for one that changes the ledger. */
export async function ownerLogin(dataSource: Pick<DataSource, 'query'>): Promise<string | undefined> {
  const [row]: { login: string; owns: boolean }[] = await dataSource.query(
    `SELECT session_user AS login, rolsuper OR rolcreaterole OR pg_has_role(session_user, $1, 'MEMBER')
       OR has_database_privilege(session_user, current_database(), 'CREATE') AS owns
     FROM pg_roles WHERE rolname = session_user`,
    [LEDGER_ROLE],
  );
  return row?.owns ? row.login : undefined;
}
