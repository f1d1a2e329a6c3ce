import { DatabaseSync } from 'node:sqlite'

export interface Product {
  readonly id: number
  readonly name: string
  readonly stock: number
  readonly note: string
}

const db = new DatabaseSync('stock.db')
db.exec(`
  create table if not exists products (
    id integer primary key,
    name text not null unique,
    stock integer not null check (stock >= 0),
    note text not null default ''
  );
  create table if not exists moves (
    id integer primary key,
    product integer not null references products (id),
    amount integer not null
  );
`)
if (products().length === 0) reset()

/** Puts back what every test begins with. */
export function reset(): void {
  db.exec(`
    delete from moves;
    delete from products;
    insert into products (id, name, stock) values (1, 'Lamp', 10), (2, 'Chair', 4), (3, 'Desk', 1);
  `)
}

export function products(): readonly Product[] {
  return db
    .prepare('select id, name, stock, note from products order by name')
    .all() as unknown as readonly Product[]
}

export function product(id: number): Product | undefined {
  return products().find((one) => one.id === id)
}

export function addProduct(name: string): void {
  db.prepare('insert into products (name, stock) values (?, 0)').run(name)
}

export function removeProduct(id: number): void {
  db.prepare('delete from moves where product = ?').run(id)
  db.prepare('delete from products where id = ?').run(id)
}

/** Takes out (negative) or puts in. False when there is not enough. */
export function move(id: number, amount: number): boolean {
  const { stock = 0 } = product(id) ?? {}
  if (stock + amount < 0) return false
  db.prepare('update products set stock = stock + ? where id = ?').run(amount, id)
  db.prepare('insert into moves (product, amount) values (?, ?)').run(id, amount)
  return true
}

export function writeNote(id: number, note: string): void {
  db.prepare('update products set note = ? where id = ?').run(note, id)
}

export function moves(): readonly string[] {
  return db
    .prepare('select name, amount from moves join products p on p.id = product order by moves.id')
    .all()
    .map(({ name, amount }) => `${String(name)} ${Number(amount) > 0 ? '+' : ''}${String(amount)}`)
}
