/**
 * The part of the breakers' script that counts and judges. It judges as `judgeFleet` does, and reads what each instance has counted only where the
 * counts of all together would open the breaker, and would do so without the instance that was the worst when all were read last.
 *
 * It goes by `now`, `ask`, `rules` and `counts_key` of the script that it is put into.
 */
export const judgeText = `
-- Of a list of slots (number, calls, failures, slow) those in the window, and their sum.
local function held(slots, slot)
  local kept, c, f, w = {}, 0, 0, 0
  for at = 1, #slots, 4 do
    if slots[at] > slot - 10 and slots[at] < slot + 10 then
      for more = 0, 3 do kept[#kept + 1] = slots[at + more] end
      c, f, w = c + slots[at + 1], f + slots[at + 2], w + slots[at + 3]
    end
  end
  return kept, { calls = c, failures = f, slow = w }
end

local function count(kept, sum, slot)
  if kept[#kept - 3] ~= slot then
    for _, number in ipairs({ slot, 0, 0, 0 }) do kept[#kept + 1] = number end
  end
  for at, what in ipairs({ 'calls', 'failures', 'slow' }) do
    kept[#kept - 3 + at] = kept[#kept - 3 + at] + ask[what]
    sum[what] = sum[what] + ask[what]
  end
end

local function weigh(one, slot, run)
  local _, sum = held(one.slots, slot)
  sum.row = one.run == run and one.row or 0
  sum.would = one.would and one.would > slot - 10
  return sum
end

local function instances(total, mine, own, slot)
  local all, counted, votes = redis.call('HGETALL', counts_key), {}, 0
  local function add(sum)
    if sum.calls == 0 and sum.row == 0 then return false end
    counted[#counted + 1] = sum
    if sum.would then votes = votes + 1 end
    return true
  end
  add(own)
  for at = 1, #all, 2 do
    if all[at] ~= 't' and all[at] ~= mine then
      local sum = weigh(cmsgpack.unpack(all[at + 1]), slot, total.run)
      sum.field = all[at]
      if not add(sum) then redis.call('HDEL', counts_key, all[at]) end
    end
  end
  total.of, total.votes, total.looked = #counted, votes, slot
  return counted
end

local function needed(number, of)
  return of and math.ceil(number * (of - 1) / of) or number
end

local function is_over(bad, calls, rate, of)
  return rate and calls >= needed(rules.minimumCalls, of) and bad >= rate * calls
end

local function breaches(criterion, sum, of)
  if criterion == 'run' then return rules.failures > 0 and sum.row >= needed(rules.failures, of) end
  if criterion == 'early' then return rules.evident and sum.row >= needed(rules.evident, of) end
  if criterion == 'failureRate' then return is_over(sum.failures, sum.calls, rules.failureRate, of) end
  return is_over(sum.slow, sum.calls, rules.slowRate, of)
end

local function excess(criterion, sum)
  if criterion == 'failureRate' then return sum.failures - rules.failureRate * sum.calls end
  if criterion == 'slowRate' then return sum.slow - rules.slowRate * sum.calls end
  return sum.row
end

local function tell(criterion, sum)
  if criterion == 'run' then return string.format('%d failures in a row', sum.row) end
  if criterion == 'early' then return string.format('failures beyond chance, the last %d in a row', sum.row) end
  if criterion == 'failureRate' then return string.format('%d of %d calls failed', sum.failures, sum.calls) end
  return string.format('%d of %d calls were slow', sum.slow, sum.calls)
end

local function without(all, one)
  local rest = {}
  for _, what in ipairs({ 'calls', 'failures', 'slow', 'row' }) do rest[what] = all[what] - one[what] end
  return rest
end

-- The one that was worst when all were read last: where it would not open without that one, it would not without a worse one either.
local function may_be_shared(criterion, total, all, slot)
  local worst = total.worst[criterion]
  local packed = worst and redis.call('HGET', counts_key, worst)
  if not packed then return true end
  local rest = without(all, weigh(cmsgpack.unpack(packed), slot, total.run))
  if criterion == 'run' then return rest.row >= needed(rules.failures, 2) end
  if criterion == 'early' then return rest.row >= needed(rules.evident, 2) end
  return excess(criterion, rest) >= 0
end

local function is_shared(criterion, total, all, counted)
  if #counted == 1 then return true end
  local worst, most
  for _, one in ipairs(counted) do
    local more = excess(criterion, one)
    if not worst or more > most or (more == most and one.calls > worst.calls) then worst, most = one, more end
  end
  if not worst then return false end
  total.worst[criterion] = worst.field
  return breaches(criterion, without(all, worst), #counted)
end

local function judge(total, all, mine, own, slot)
  local counted
  for _, criterion in ipairs({ 'run', 'early', 'failureRate', 'slowRate' }) do
    if breaches(criterion, all) and may_be_shared(criterion, total, all, slot) then
      counted = counted or instances(total, mine, own, slot)
      if is_shared(criterion, total, all, counted) then
        return tell(criterion, all) .. (#counted == 1 and '' or ' at ' .. #counted .. ' instances')
      end
    end
  end
  if not ask.wouldOpen then return nil end
  if not counted and total.looked == slot and 2 * total.votes < math.min(total.of, redis.call('HLEN', counts_key) - 1) then
    return nil
  end
  counted = counted or instances(total, mine, own, slot)
  if total.votes == #counted and total.votes == 1 then return ask.wouldOpen end
  if total.votes >= 2 and total.votes * 2 >= #counted then
    return ask.wouldOpen .. ', and so say ' .. total.votes .. ' of ' .. #counted .. ' instances'
  end
end
`;
