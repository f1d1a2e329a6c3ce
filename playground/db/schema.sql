create table institutions (
  id integer primary key,
  name text not null unique,
  city text not null
) strict;

create table users (
  id integer primary key,
  email text not null unique collate nocase,
  name text not null,
  title text not null default '',
  role text not null check (role in ('site_admin', 'institution_admin', 'program_admin', 'instructor')),
  institution_id integer references institutions (id),
  password_hash text,
  verified_at text,
  created_at text not null default (datetime('now')),
  check (role = 'site_admin' or institution_id is not null)
) strict;

create table sessions (
  id text primary key,
  user_id integer not null references users (id) on delete cascade,
  expires_at integer not null
) strict;

create table tokens (
  digest text primary key,
  user_id integer not null references users (id) on delete cascade,
  purpose text not null check (purpose in ('verify', 'reset', 'invite')),
  expires_at integer not null
) strict;

create table outbox (
  id integer primary key,
  recipient text not null collate nocase,
  subject text not null,
  body text not null,
  sent_at text not null default (datetime('now'))
) strict;

create table programs (
  id integer primary key,
  institution_id integer not null references institutions (id),
  code text not null,
  name text not null,
  unique (institution_id, code)
) strict;

create table program_admins (
  program_id integer not null references programs (id) on delete cascade,
  user_id integer not null references users (id) on delete cascade,
  primary key (program_id, user_id)
) strict, without rowid;

create table courses (
  id integer primary key,
  program_id integer not null references programs (id),
  code text not null,
  title text not null,
  credits integer not null check (credits between 1 and 30),
  unique (program_id, code)
) strict;

-- The courses that an instructor sees. Giving a section to an instructor adds its course here.
create table course_instructors (
  course_id integer not null references courses (id) on delete cascade,
  user_id integer not null references users (id) on delete cascade,
  primary key (course_id, user_id)
) strict, without rowid;

create table terms (
  id integer primary key,
  institution_id integer not null references institutions (id),
  name text not null,
  starts_on text not null,
  ends_on text not null,
  unique (institution_id, name),
  check (starts_on < ends_on)
) strict;

create table sections (
  id integer primary key,
  course_id integer not null references courses (id),
  term_id integer not null references terms (id),
  number text not null,
  instructor_id integer references users (id) on delete set null,
  enrolled integer not null default 0 check (enrolled >= 0),
  unique (course_id, term_id, number)
) strict;

create table assessments (
  id integer primary key,
  section_id integer not null references sections (id) on delete cascade,
  title text not null,
  status text not null default 'planned' check (status in ('planned', 'in progress', 'complete')),
  took integer check (took >= 0),
  passed integer check (passed >= 0),
  notes text not null default '',
  unique (section_id, title),
  check (passed is null or took is not null and passed <= took),
  check (status <> 'complete' or took is not null and passed is not null)
) strict;

create index users_of_institution on users (institution_id);
create index sessions_of_user on sessions (user_id);
create index outbox_of_recipient on outbox (recipient);
create index courses_of_program on courses (program_id);
create index sections_of_instructor on sections (instructor_id);
create index assessments_of_section on assessments (section_id);
