import type Database from 'better-sqlite3'

/**
 * Version of the registry's tables, kept in `user_version`. A change of the tables raises it and
 * adds a step to {@link migrate}.
 */
export const schemaVersion = 3

const steps: readonly string[] = [
  `create table runs (
     id text primary key,
     pid integer not null,
     start text not null,
     started_at text not null,
     heartbeat_at text not null,
     argv text not null,
     root text not null,
     dir text not null
   ) strict;
   create table lanes (
     id text primary key,
     run text not null references runs (id) on delete cascade,
     number integer not null,
     state text not null,
     generation integer not null,
     slot integer,
     worker_pid integer,
     test text,
     since text not null,
     heartbeat_at text not null,
     dir text not null
   ) strict;
   create table leases (
     kind text not null,
     name text not null,
     run text not null references runs (id) on delete cascade,
     lane text not null,
     since text not null,
     primary key (kind, name)
   ) strict, without rowid;
   create index leases_of_lane on leases (run, lane);
   create table processes (
     run text not null references runs (id) on delete cascade,
     lane text not null,
     pid integer not null,
     start text not null,
     started_at text not null,
     primary key (run, pid)
   ) strict, without rowid;
   create table locks (
     name text primary key,
     token text not null,
     pid integer not null,
     start text not null,
     since text not null
   ) strict;`,
  `create table lock_requests (
     ticket integer primary key autoincrement,
     run text not null references runs (id) on delete cascade,
     lane text,
     pid integer not null,
     pid_space text not null,
     asked_at text not null,
     held_since text
   ) strict;
   create index lock_requests_of_run on lock_requests (run);
   create index lock_requests_waiting on lock_requests (ticket) where held_since is null;
   create table lock_names (
     name text not null,
     ticket integer not null references lock_requests (ticket) on delete cascade,
     exclusive integer not null,
     primary key (name, ticket)
   ) strict, without rowid;
   create index lock_names_of_ticket on lock_names (ticket);`,
  `alter table lanes add column test_since text;
   alter table runs add column wants integer;`,
]

/** Brings an open registry to {@link schemaVersion}. Call it inside an immediate transaction. */
export function migrate(database: Database.Database): void {
  const version = versionOf(database)
  for (const step of steps.slice(version)) database.exec(step)
  if (version < schemaVersion) database.pragma(`user_version = ${schemaVersion}`)
}

/** The schema version of an open registry; 0 for a new file. */
export function versionOf(database: Database.Database): number {
  return Number(database.pragma('user_version', { simple: true }))
}
