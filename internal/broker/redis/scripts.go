package redis

import goredis "github.com/redis/go-redis/v9"

// script is a Lua script with its text at hand.
type script struct {
	*goredis.Script
	text string
}

func newScript(text string) *script { return &script{goredis.NewScript(text), text} }

// The scripts of the lease protocol; docs/redis-protocol.md explains them. Two rules hold for each:
//
//   - Its first write is one that Redis allows even when maxmemory is reached (DEL, SREM, LTRIM). From then on the script
//     may do the others too. So a full Redis can always be drained, which is the only way out of being full.
//   - Running it again with the same arguments does no harm, because a cut connection leaves open whether it ran.

// popScript leases up to ARGV[1] messages as batch ARGV[3] of consumer ARGV[2], and no more than ARGV[4] bytes, except of a single message. What is
// over goes back to the queue's head.
// It answers with the messages, with 0 when there are none, or with 1 when a returned batch must be taken first.
// KEYS: queue, registry, index, batch, landing, index of returned batches.
var popScript = newScript(`
if redis.call('EXISTS', KEYS[4]) == 1 then return redis.call('LRANGE', KEYS[4], 0, -1) end
redis.call('DEL', KEYS[4])
redis.call('HINCRBY', KEYS[2], ARGV[2], 1)
if redis.call('EXISTS', KEYS[6]) == 1 then return 1 end
redis.call('SADD', KEYS[3], ARGV[3])
local max = tonumber(ARGV[1])
local v = redis.call('LPOP', KEYS[5], max) or {}
if #v < max then
  local w = redis.pcall('LPOP', KEYS[1], max - #v)
  if w and w.err then
    if #v == 0 then
      redis.call('SREM', KEYS[3], ARGV[3])
      return w
    end
  elseif w then
    if #v == 0 then v = w else for i = 1, #w do v[#v + 1] = w[i] end end
  end
end
if #v == 0 then
  redis.call('SREM', KEYS[3], ARGV[3])
  return 0
end
local size, limit, n = 0, tonumber(ARGV[4]), #v
for i = 1, n do
  size = size + #v[i]
  if size > limit and i > 1 then
    for j = n, i, -1 do
      redis.call('LPUSH', KEYS[1], v[j])
      v[j] = nil
    end
    break
  end
end
for i = 1, #v, 5000 do redis.call('RPUSH', KEYS[4], unpack(v, i, math.min(i + 4999, #v))) end
return v
`)

// rereadScript answers with the messages of batch ARGV[1], of which the consumer does not know whether it was made, and takes its name out of the index
// if it was not. In one step: the script that makes it may still come, and what it makes must not lose its name.
// KEYS: index, batch.
var rereadScript = newScript(`
local v = redis.call('LRANGE', KEYS[2], 0, -1)
if #v == 0 then redis.call('SREM', KEYS[1], ARGV[1]) end
return v
`)

// ackScript forgets batch ARGV[1]. It answers 1, or 0 when the consumer does not own it (any more).
// KEYS: index, batch.
var ackScript = newScript(`
local n = redis.call('UNLINK', KEYS[2])
redis.call('SREM', KEYS[1], ARGV[1])
return n
`)

// moveScript gives batch ARGV[1] to another owner, under the same name. When ARGV[3] is not empty it does so only if that
// is still the heartbeat of consumer ARGV[2]. It answers with 2 when the consumer lives, 0 when there is no such batch,
// 1 when it was moved, or the messages when ARGV[4], the name of the new owner, asks for them. That one is registered: it may be dead and forgotten when
// a script runs late, and nobody looks for batches of those who are not in the registry.
// KEYS: registry, index from, batch from, index to, batch to.
var moveScript = newScript(`
if ARGV[3] ~= '' and redis.call('HGET', KEYS[1], ARGV[2]) ~= ARGV[3] then return 2 end
if redis.call('EXISTS', KEYS[3]) == 0 then
  redis.call('SREM', KEYS[2], ARGV[1])
  return 0
end
redis.call('RENAME', KEYS[3], KEYS[5])
redis.call('SREM', KEYS[2], ARGV[1])
redis.call('SADD', KEYS[4], ARGV[1])
if ARGV[4] == '' then return 1 end
redis.call('HINCRBY', KEYS[1], ARGV[4], 1)
return redis.call('LRANGE', KEYS[5], 0, -1)
`)

// putBackScript returns the messages of a list to the head of the queue, in their order, as if they had never been
// popped. It answers with their number; -1 when ARGV[2], as in moveScript, says that consumer ARGV[1] lives.
// KEYS: registry, list, queue, index; ARGV[3] is the list's name in the index.
var putBackScript = newScript(`
if ARGV[2] ~= '' and redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[2] then return -1 end
redis.call('SREM', KEYS[4], ARGV[3])
local v = redis.call('LRANGE', KEYS[2], 0, -1)
for i = #v, 1, -1 do redis.call('LPUSH', KEYS[3], v[i]) end
redis.call('DEL', KEYS[2])
return #v
`)

// forgetScript takes consumer ARGV[1] out of the registry if it owns nothing and, when ARGV[2] is not empty, if that is
// still its heartbeat. It answers 1 when done.
// KEYS: registry, index, landing.
var forgetScript = newScript(`
if ARGV[2] ~= '' and redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[2] then return 0 end
if redis.call('EXISTS', KEYS[2], KEYS[3]) > 0 then return 0 end
return redis.call('HDEL', KEYS[1], ARGV[1])
`)

// beatScript counts consumer ARGV[1]'s heartbeat on and answers with the registry as a flat array.
// KEYS: registry.
var beatScript = newScript(`
redis.call('HDEL', KEYS[1], '')
redis.call('HINCRBY', KEYS[1], ARGV[1], 1)
return redis.call('HGETALL', KEYS[1])
`)
