import { bulkheadLimits } from '../../policy/bulkhead/index.ts';
import { defineScript } from './scripts.ts';

/**
 * A pool in Redis: `KEYS[1]` a hash of its numbers and, by instance, `w:` waiters, `s:` the limit it said, `u:` permits that it need not know of yet;
 * `KEYS[2]` leases, `instance|number` by their end; `KEYS[3]` instances that wait, by the rank of their first waiter; `KEYS[4]` instances by
 * the time at which they count as silent. Times are the server's, in milliseconds.
 *
 * Numbers follow the server's clock in quarters of a microsecond, so that they go on above the old ones when Redis came back empty.
 */
const common = `
local pool, leases, line, seen = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local time = redis.call('TIME')
local micros = time[1] * 1000000 + time[2]
local now = micros / 1000
local function text(number) return string.format('%.0f', number) end
local function forget(instance)
  redis.call('ZREM', line, instance)
  redis.call('ZREM', seen, instance)
  redis.call('HDEL', pool, 'w:' .. instance, 's:' .. instance, 'u:' .. instance)
end
`;

/** When what was given before Redis lost it has run out: a lease after its start, or from now where that does not explain the loss. */
const beginPool = `
local function warmUntil(knownBefore, leaseMs)
  if knownBefore then return now + leaseMs end
  local isThere, info = pcall(redis.call, 'INFO', 'server')
  local upSeconds = isThere and string.match(info, 'uptime_in_seconds:(%d+)')
  if not upSeconds then return now + leaseMs end
  return now - upSeconds * 1000 + leaseMs
end
`;

/** The least limit that is said, or the lower median where any of them is measured (it ends with `m`). */
const agree = `
local function agreedLimit()
  local said, measured = {}, false
  local fields = redis.call('HGETALL', pool)
  for i = 1, #fields, 2 do
    if string.sub(fields[i], 1, 2) == 's:' then
      local number, mark = string.match(fields[i + 1], '^(%d+)(m?)$')
      said[#said + 1] = tonumber(number)
      measured = measured or mark == 'm'
    end
  end
  table.sort(said)
  return measured and said[math.floor((#said + 1) / 2)] or said[1]
end
`;

const ask = `
local me, limitSaid = ARGV[1], ARGV[2]
local queueMost, leaseMs, newest = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local wanted, waiting, spare = tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8])
local head = now + tonumber(ARGV[9])
local name = ARGV[10]
local wasAway, notAfter = ARGV[11] == '1', tonumber(ARGV[12])
if notAfter and now > notAfter then return { 'late', math.ceil(now) } end
local at = 12
local function nextList()
  local list = {}
  at = at + 1
  for i = 1, tonumber(ARGV[at]) do list[i] = ARGV[at + i] end
  at = at + #list
  return list
end
local released, renewed, adopted = nextList(), nextList(), nextList()

local state = redis.call('HMGET', pool, 'seq', 'warm', 'limit', 'touched', 's:' .. me, 'u:' .. me, 'w:' .. me, 'depth', 'asked')
local seq, warm, limit = tonumber(state[1]), tonumber(state[2]), tonumber(state[3])
local untold, mine, depth = state[6] or '', tonumber(state[7]) or 0, tonumber(state[8]) or 0
if not seq then
  redis.call('DEL', pool, leases, line, seen)
  warm = warmUntil(wasAway or newest > 0, leaseMs)
  redis.call('HSET', pool, 'warm', warm)
  seq, limit, untold, mine, depth, state[4], state[5] = 0, nil, '', 0, 0, false, false
end
local askedAt = tonumber(state[9])
if wasAway and askedAt and now - askedAt >= leaseMs / 2 then
  warm = math.max(warm, now + leaseMs / 2)
  redis.call('HSET', pool, 'warm', warm)
end
seq = math.max(seq, newest)
local isWarming = warm > now
local leaseEnd = now + leaseMs

redis.call('ZREMRANGEBYSCORE', leases, '-inf', now)
for _, silent in ipairs(redis.call('ZRANGEBYSCORE', seen, '-inf', now)) do
  if silent ~= me then
    depth = depth - (tonumber(redis.call('HGET', pool, 'w:' .. silent)) or 0)
    forget(silent)
    limit = nil
  end
end
redis.call('ZADD', seen, leaseEnd, me)
if state[5] ~= limitSaid or not limit then
  redis.call('HSET', pool, 's:' .. me, limitSaid)
  limit = agreedLimit()
end

for _, number in ipairs(released) do redis.call('ZREM', leases, me .. '|' .. number) end
local held = {}
for _, number in ipairs(renewed) do
  local lease = me .. '|' .. number
  if isWarming or redis.call('ZSCORE', leases, lease) then
    redis.call('ZADD', leases, leaseEnd, lease)
    held[#held + 1] = tonumber(number)
  end
end
for _, number in ipairs(adopted) do
  redis.call('ZADD', leases, leaseEnd, me .. '|' .. number)
  seq = math.max(seq, tonumber(number))
  held[#held + 1] = tonumber(number)
end
local granted, told = {}, {}
for number in string.gmatch(untold, '%d+') do
  if tonumber(number) > newest and redis.call('ZSCORE', leases, me .. '|' .. number) then
    redis.call('ZADD', leases, leaseEnd, me .. '|' .. number)
    granted[#granted + 1] = tonumber(number)
    told[#told + 1] = number
  end
end

local first = redis.call('ZRANGE', line, 0, 0, 'WITHSCORES')
local count = waiting + wanted
local others = depth - mine
if count > 0 then redis.call('ZADD', line, head, me) elseif mine > 0 then redis.call('ZREM', line, me) end

local free = isWarming and 0 or limit - redis.call('ZCARD', leases)
local given = {}
local function give(instance)
  seq = math.max(seq + ${bulkheadLimits.usesPerPermit}, math.floor(now * ${bulkheadLimits.numbersPerMs}))
  local number = text(seq)
  redis.call('ZADD', leases, leaseEnd, instance .. '|' .. number)
  free = free - 1
  if instance == me then
    granted[#granted + 1] = seq
    told[#told + 1] = number
  else
    given[instance] = (given[instance] and given[instance] .. ' ' or '') .. number
  end
end
while free > 0 do
  local two = redis.call('ZRANGE', line, 0, 1, 'WITHSCORES')
  local instance = two[1]
  if not instance then break end
  local rank, after = tonumber(two[2]), tonumber(two[4])
  local waits = instance == me and count or tonumber(redis.call('HGET', pool, 'w:' .. instance)) or 0
  local before = waits
  local step = waits > 0 and math.max(0, now - rank) / waits or 0
  while free > 0 and waits > 0 and (waits == before or not after or rank <= after) do
    give(instance)
    waits, rank = waits - 1, rank + step
  end
  if waits > 0 then redis.call('ZADD', line, rank, instance) else redis.call('ZREM', line, instance) end
  if instance == me then count = waits else
    redis.call('HSET', pool, 'w:' .. instance, waits)
    others = others - (before - waits)
  end
end
if not isWarming and redis.call('ZCARD', line) == 0 then
  for _ = 1, math.min(spare, free) do give(me) end
end

local accepted = math.min(count, math.max(waiting, queueMost - others, 0))
local rejected = count - accepted
if accepted == 0 and count > 0 then redis.call('ZREM', line, me) end
depth = others + accepted

for instance, numbers in pairs(given) do
  local earlier = redis.call('HGET', pool, 'u:' .. instance)
  redis.call('HSET', pool, 'u:' .. instance, earlier and earlier .. ' ' .. numbers or numbers)
  redis.call('PUBLISH', 'breakwater:permits:to:' .. instance, table.concat({ text(math.floor(now)), leaseMs, name, numbers }, ' '))
end
if accepted > 0 and (not first[1] or head < tonumber(first[2]) - 5) then
  redis.call('PUBLISH', 'breakwater:permits:wanted', ARGV[9] .. ' ' .. name)
end

redis.call('HSET', pool, 'seq', text(seq), 'limit', limit, 'depth', depth, 'queueMost', queueMost, 'asked', now, 'w:' .. me, accepted, 'u:' .. me, table.concat(told, ' '))
if (tonumber(state[4]) or 0) < now - 60000 then
  redis.call('HSET', pool, 'touched', now)
  for i = 1, 4 do redis.call('PEXPIRE', KEYS[i], 3600000 + leaseMs) end
end

local two = redis.call('ZRANGE', line, 0, 1, 'WITHSCORES')
local othersHead = two[1] ~= me and two[2] or two[4]
local nextEnd = accepted > 0 and redis.call('ZRANGE', leases, 0, 0, 'WITHSCORES')[2]
return { granted, held, rejected, limit, redis.call('ZCARD', leases), depth,
  othersHead and math.floor(tonumber(othersHead) - now) or false,
  nextEnd and math.ceil(tonumber(nextEnd) - now) or false,
  seq, math.ceil(math.max(0, warm - now)), math.ceil(now) }
`;

export const askPermits = defineScript(common + beginPool + agree + ask);

/** What anybody may know of a pool; nothing where there is none. */
export const readPool = defineScript(`${common}
local state = redis.call('HMGET', pool, 'limit', 'queueMost', 'depth')
if not state[1] then return false end
local isThere = { redis.call('ZCOUNT', leases, now, '+inf'), redis.call('ZCOUNT', seen, now, '+inf') }
return { tonumber(state[1]), tonumber(state[2]), isThere[1], tonumber(state[3]), isThere[2] }
`);

/** `KEYS[1]` instances and `KEYS[2]` pools, by the time until which they count as there. Gives how many there are, and how many of lesser id. */
export const showUp = defineScript(`
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
for i = 3, #ARGV do redis.call('ZADD', KEYS[2], now + 3600000, ARGV[i]) end
for i = 1, 2 do
  redis.call('ZREMRANGEBYSCORE', KEYS[i], '-inf', now)
  redis.call('PEXPIRE', KEYS[i], 7200000)
end
local all = redis.call('ZRANGE', KEYS[1], 0, -1)
local place = 0
for _, instance in ipairs(all) do if instance < ARGV[1] then place = place + 1 end end
return { #all, place }
`);

/** Pools that were asked for lately, of `KEYS[1]`. */
export const listPools = defineScript(`
local time = redis.call('TIME')
return redis.call('ZRANGEBYSCORE', KEYS[1], time[1] * 1000, '+inf')
`);
