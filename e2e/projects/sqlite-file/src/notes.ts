import type { Driver } from './driver.ts'

const schema = [
  `create table if not exists notes (
    id integer primary key,
    title text not null unique,
    body text not null default '',
    created integer not null,
    archived integer not null default 0
  )`,
  `create table if not exists tags (
    note integer not null references notes (id),
    name text not null,
    primary key (note, name)
  )`,
]

export interface Note {
  readonly id: number
  readonly title: string
  readonly body: string
}

/** Notes with tags, in a database of whatever driver. */
export class Notes {
  readonly #db: Driver

  static async open(db: Driver): Promise<Notes> {
    for (const statement of schema) await db.run(statement)
    return new Notes(db)
  }

  private constructor(db: Driver) {
    this.#db = db
  }

  async add(title: string, body = ''): Promise<Note> {
    const sql = 'insert into notes (title, body, created) values (?, ?, ?)'
    await this.#db.run(sql, title, body, Date.now())
    const [note] = await this.#db.all('select id, title, body from notes where title = ?', title)
    return note as unknown as Note
  }

  async find(title: string): Promise<Note | undefined> {
    const [note] = await this.#db.all('select id, title, body from notes where title = ?', title)
    return note as unknown as Note | undefined
  }

  async edit(id: number, body: string): Promise<void> {
    await this.#db.run('update notes set body = ? where id = ?', body, id)
  }

  async archive(id: number): Promise<void> {
    await this.#db.run('update notes set archived = 1 where id = ?', id)
  }

  async archiveOlderThan(ageMs: number): Promise<void> {
    await this.#db.run('update notes set archived = 1 where created < ?', Date.now() - ageMs)
  }

  async remove(id: number): Promise<void> {
    await this.#db.run('delete from tags where note = ?', id)
    await this.#db.run('delete from notes where id = ?', id)
  }

  async titles(): Promise<string[]> {
    const rows = await this.#db.all('select title from notes where archived = 0 order by title')
    return rows.map(({ title }) => String(title))
  }

  async search(word: string): Promise<string[]> {
    const rows = await this.#db.all(
      'select title from notes where title like ? or body like ? order by title',
      `%${word}%`,
      `%${word}%`,
    )
    return rows.map(({ title }) => String(title))
  }

  async tag(id: number, ...names: string[]): Promise<void> {
    for (const name of names) {
      await this.#db.run('insert or ignore into tags (note, name) values (?, ?)', id, name)
    }
  }

  async tagged(name: string): Promise<string[]> {
    const rows = await this.#db.all(
      'select title from notes join tags on note = id where name = ? order by title',
      name,
    )
    return rows.map(({ title }) => String(title))
  }

  /** Adds all notes or, when one of them cannot be added, none. */
  async import(titles: readonly string[]): Promise<void> {
    const sql = 'insert into notes (title, created) values (?, ?)'
    await this.#db.batch(titles.map((title) => ({ sql, values: [title, Date.now()] })))
  }

  async clear(): Promise<void> {
    await this.#db.run('delete from tags')
    await this.#db.run('delete from notes')
  }
}
