// Every worker in another part of the world.
const zones = ['UTC', 'Asia/Tokyo', 'America/New_York', 'Europe/London', 'Asia/Kolkata']
const [, nanoseconds] = process.hrtime()
process.env.TZ = zones[Math.floor(nanoseconds / 1000) % zones.length]
