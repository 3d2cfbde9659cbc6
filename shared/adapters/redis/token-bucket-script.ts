import { defineScript } from './scripts.ts';

/**
 * Takes tokens from one bucket, by the time of the server. It is kept as two numbers: tokens, and the microsecond at which they were counted,
 * for longer than it takes to be full. So where there is none, nobody has asked for so long, or Redis has started since; it is taken to have
 * been empty when Redis started, and where Redis does not say when, to be empty now. What is given back is the number granted and, where
 * that is less than was wished for, the microseconds until the next token.
 */
export const takeTokensScript = defineScript(`
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local perMicro = tonumber(ARGV[1]) / 1000000
local burst = tonumber(ARGV[2])
local wanted = tonumber(ARGV[3])
local tokens, at = 0, now
local kept = redis.call('GET', KEYS[1])
if kept then
  local one, other = string.match(kept, '^(%S+) (%S+)$')
  tokens, at = tonumber(one), tonumber(other)
  if now < at then now = at end
else
  local info = redis.pcall('INFO', 'server')
  local up = type(info) == 'string' and tonumber(string.match(info, 'uptime_in_seconds:(%d+)')) or 0
  at = now - math.max(0, up - 1) * 1000000
end
tokens = math.min(burst, tokens + (now - at) * perMicro)
local granted = math.min(wanted, math.floor(tokens))
tokens = tokens - granted
local keepMs = math.ceil(burst / perMicro / 1000) + 60000
redis.call('SET', KEYS[1], string.format('%.9f %.0f', tokens, now), 'PX', string.format('%.0f', keepMs))
local retryIn = 0
if granted < wanted then retryIn = math.ceil((1 - tokens) / perMicro) end
return { granted, retryIn }
`);
