import { judgeText } from './breaker-judge-script.ts';
import { defineScript } from './scripts.ts';

/**
 * All that happens to a fleet's breaker, as one step at the server and by its clock. It does what `fleet-breaker.ts` of the memory adapter does; one
 * contract suite asks both.
 *
 * KEYS  state: one JSON text · counts: hash, `t` for the fleet and `i:` for each instance, packed · outbox: sorted set of transitions by version
 * ARGV  what is asked (report, ask, settle, override, read, take) · its details as JSON · the channel that hears of changes
 */
export const breakerScript = defineScript(`
local asked, ask, channel = ARGV[1], cjson.decode(ARGV[2]), ARGV[3]
local state_key, counts_key, outbox_key = KEYS[1], KEYS[2], KEYS[3]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local rules, limits = ask.rules, ask.limits
local is_unsaved = false

-- Nothing lasts longer from now than it was meant to: where it would, the clock was set back.
local function at_most(till, for_ms)
  if not till or till <= now + for_ms then return till end
  is_unsaved = true
  return now + for_ms
end

local function view(s)
  local open_for = s.state == 'open' and math.max(0, s.till - now) or nil
  return { name = ask.name, version = s.version, state = s.state, openForMs = open_for, openings = s.openings,
    because = s.because, override = s.override }
end

local function save(s)
  local lasts = s.override and (s.override['until'] or 0) - now or 1
  if s.override and not s.override['until'] then redis.call('SET', state_key, cjson.encode(s))
  else redis.call('SET', state_key, cjson.encode(s), 'PX', limits.keptMs + math.max(0, math.ceil(lasts))) end
end

local function tell_all(s)
  redis.call('PUBLISH', channel, cjson.encode(view(s)))
end

local function change(s, from, because, by, begins)
  s.version = math.max(s.version + 1, now)
  if begins then s.era = s.version end
  redis.call('ZADD', outbox_key, s.version, cjson.encode({ name = ask.name, version = s.version, from = from,
    to = s.state, override = s.override, because = because, at = now, instance = by }))
  redis.call('ZREMRANGEBYRANK', outbox_key, 0, -1 - limits.outbox)
  redis.call('PEXPIRE', outbox_key, limits.keptMs)
  save(s)
  tell_all(s)
end

local function open(s, openings, because)
  local from = s.state
  s.state, s.openings, s.because, s.successes, s.probes = 'open', openings, because, 0, nil
  s.open_for = math.ceil(math.min(rules.openMsMost, rules.openMs * 2 ^ (openings - 1)) * (0.8 + 0.4 * ask.chance))
  s.till = now + s.open_for
  redis.call('DEL', counts_key)
  change(s, from, because, ask.instance)
end

local function close(s, because, by)
  local from = s.state
  s.state, s.openings, s.because = 'closed', 0, because
  s.till, s.open_for, s.successes, s.probes, s.warm_till = nil, nil, nil, nil, nil
  redis.call('DEL', counts_key)
  change(s, from, because, by, true)
end

local function adopt(s)
  local known = ask.known
  if not known or known.version <= s.version then return s end
  s = { version = known.version, era = known.version, state = known.state, openings = known.openings,
    because = known.because, override = known.override, probed = s.probed, successes = 0 }
  if s.state == 'open' then s.open_for, s.till = known.openForMs or 0, now + (known.openForMs or 0) end
  if s.state == 'half_open' then s.warm_till = now + rules.probeMs end
  redis.call('DEL', counts_key)
  save(s)
  tell_all(s)
  return s
end

local function load()
  local text = redis.call('GET', state_key)
  local s = text and cjson.decode(text)
    or { version = 0, era = 0, state = 'closed', openings = 0, because = 'nothing is known against it', probed = 0 }
  s = adopt(s)
  if s.state == 'open' then s.till = at_most(s.till, s.open_for) end
  local over = s.override
  if over and over['until'] and over['until'] <= now then
    s.override = nil
    change(s, s.state, 'what ' .. over.by .. ' decided (' .. over.kind .. ') has ended', over.by)
  end
  return s
end

${judgeText}
local function report(s)
  local over = s.override
  if s.state ~= 'closed' or (over and over.kind ~= 'shadow') then return end
  if ask.known and ask.known.version < s.era then return end
  local mine = 'i:' .. ask.instance
  local packed = redis.call('HMGET', counts_key, 't', mine)
  local window = rules.window
  local shape = window.kind .. (window.ms or window.calls)
  local total = packed[1] and cmsgpack.unpack(packed[1])
  if total and total.shape ~= shape then redis.call('DEL', counts_key) end
  if not total or total.shape ~= shape then
    total = { shape = shape, run = 0, row = 0, counted = 0, votes = 0, worst = {}, slots = {} }
    packed[2] = nil
  end
  local one = packed[2] and cmsgpack.unpack(packed[2]) or { run = total.run, row = 0, slots = {} }
  local slot = window.ms and math.floor(now / (window.ms / 10)) or math.floor(total.counted * 10 / window.calls)
  if one.run ~= total.run then one.row = 0 end
  if ask.calls > ask.failures then
    total.row, one.row = total.row - one.row, 0
    local ago = ask.succeededAgoMs
    if not (total.run_at and ago and now - ago <= total.run_at) then
      total.run, total.row, total.run_at = total.run + 1, 0, nil
    end
  end
  if ask.failuresInRow > 0 then total.run_at = total.run_at or now end
  one.run, one.row, total.row = total.run, one.row + ask.failuresInRow, total.row + ask.failuresInRow
  total.votes = total.votes + (ask.wouldOpen and 1 or 0) - (one.would and 1 or 0)
  one.would = ask.wouldOpen and slot or nil
  total.counted = total.counted + ask.calls
  local all, own
  total.slots, all = held(total.slots, slot)
  one.slots, own = held(one.slots, slot)
  count(total.slots, all, slot)
  count(one.slots, own, slot)
  all.row, own.row, own.would, own.field = total.row, one.row, ask.wouldOpen and true or false, mine
  redis.call('HSET', counts_key, mine, cmsgpack.pack(one))
  if not packed[2] and redis.call('HLEN', counts_key) % 64 == 0 then instances(total, mine, own, slot) end
  local because = judge(total, all, mine, own, slot)
  if because then return open(s, 1, because) end
  redis.call('HSET', counts_key, 't', cmsgpack.pack(total))
  redis.call('PEXPIRE', counts_key, limits.countsMs)
end

local function drop_lost(s)
  local kept = {}
  for _, probe in ipairs(s.probes or {}) do
    probe.till = at_most(probe.till, rules.probeMs)
    if probe.till > now then kept[#kept + 1] = probe end
  end
  s.probes = kept
end

local function refused(s, for_ms)
  return { kind = 'refused', retryInMs = math.max(1, for_ms), breaker = view(s) }
end

local function ask_probe(s)
  if s.state == 'closed' then return { kind = 'closed', breaker = view(s) } end
  if s.state == 'open' then
    if now < s.till then return refused(s, s.till - now) end
    s.state, s.successes, s.probes, s.because = 'half_open', 0, {}, 'its time is over, and probes are let through'
    s.till, s.open_for = nil, nil
    change(s, 'open', s.because, ask.instance)
  end
  s.warm_till = at_most(s.warm_till, rules.probeMs)
  if s.warm_till and now < s.warm_till then return refused(s, s.warm_till - now) end
  drop_lost(s)
  if #s.probes >= rules.probes then
    local soon = (1 / 3 + ask.chance) * rules.spreadMs
    for _, probe in ipairs(s.probes) do soon = math.min(soon, probe.till - now) end
    return refused(s, soon)
  end
  s.probed = math.max(s.probed + 1, now)
  s.probes[#s.probes + 1] = { number = s.probed, till = now + rules.probeMs }
  save(s)
  return { kind = 'granted', probe = s.probed, breaker = view(s) }
end

local function settle(s)
  if s.state ~= 'half_open' then return end
  drop_lost(s)
  local rest = {}
  for _, probe in ipairs(s.probes) do if probe.number ~= ask.probe then rest[#rest + 1] = probe end end
  if #rest == #s.probes then return end
  s.probes = rest
  if ask.outcome == 'failed' then return open(s, s.openings + 1, 'a probe failed') end
  if ask.outcome == 'succeeded' then s.successes = s.successes + 1 end
  if s.successes >= rules.successes then
    -- They are the first calls after it, so that one bad instance that is heard before all others is not alone.
    ask.calls, ask.failures, ask.slow, ask.failuresInRow, ask.known = s.successes, 0, 0, 0, nil
    close(s, s.successes .. (s.successes == 1 and ' probe succeeded' or ' probes succeeded in a row'), ask.instance)
    return report(s)
  end
  save(s)
end

local function override(s)
  s.override = ask.override
  local over = s.override
  local by = over and over.by or 'an operator'
  local because = over and over.kind .. ' by ' .. over.by .. ': ' .. over.reason or 'it judges for itself again'
  local ends = over and over.kind == 'forced_closed' and s.state ~= 'closed'
  if ask.reset then close(s, 'it was reset', by)
  elseif ends then close(s, because, by)
  else change(s, s.state, because, by) end
end

if asked == 'take' then
  for _, version in ipairs(ask.acknowledged) do redis.call('ZREMRANGEBYSCORE', outbox_key, version, version) end
  return redis.call('ZRANGE', outbox_key, 0, ask.most - 1)
end
local s = load()
local answer
if asked == 'ask' then answer = ask_probe(s)
elseif asked == 'report' then report(s)
elseif asked == 'settle' then settle(s)
elseif asked == 'override' then override(s) end
if is_unsaved then save(s) end
return cjson.encode(answer or view(s))
`);
