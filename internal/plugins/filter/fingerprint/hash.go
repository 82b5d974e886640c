package fingerprint

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"hash"
	"math"
	"math/big"

	"github.com/twmb/murmur3"

	"castor/internal/event"
)

var digests = map[string]func() hash.Hash{"SHA1": sha1.New, "SHA256": sha256.New, "SHA384": sha512.New384, "SHA512": sha512.New, "MD5": md5.New}

// method is the function that makes a fingerprint of a value.
func method(cfg *config, key string, hasKey bool) func(event.Value) (event.Value, error) {
	encode := hex.EncodeToString
	if cfg.Base64 {
		encode = base64.StdEncoding.EncodeToString
	}
	switch cfg.Method {
	case "IPV4_NETWORK":
		return network(key)
	case "MURMUR3":
		return func(v event.Value) (event.Value, error) {
			if n, ok := low64(v); ok {
				return event.IntValue(int64(murmur3.Sum32(binary.LittleEndian.AppendUint64(nil, n)))), nil
			}
			return event.IntValue(int64(murmur3.StringSum32(textOf(v)))), nil
		}
	case "MURMUR3_128":
		return func(v event.Value) (event.Value, error) { return event.StringValue(encode(murmur128(v))), nil }
	}
	made := digests[cfg.Method]
	return func(v event.Value) (event.Value, error) {
		h := made
		if hasKey {
			h = func() hash.Hash { return hmac.New(made, []byte(key)) }
		}
		sum := h()
		sum.Write([]byte(textOf(v)))
		return event.StringValue(encode(sum.Sum(nil))), nil
	}
}

// murmurSeed is the one that Logstash's filter gives.
const murmurSeed = 2

// murmur128 hashes a text, or the bytes of an integer: four where it fits in them, else eight.
func murmur128(v event.Value) []byte {
	data := []byte(textOf(v))
	switch n, ok := low64(v); {
	case v.Kind() == event.Int && int64(n) == int64(int32(n)):
		data = binary.LittleEndian.AppendUint32(nil, uint32(n))
	case ok:
		data = binary.LittleEndian.AppendUint64(nil, n)
	}
	h1, h2 := murmur3.SeedSum128(murmurSeed, murmurSeed, data)
	return binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(nil, h1), h2)
}

// low64 is the lowest 64 bits of an integer.
func low64(v event.Value) (n uint64, ok bool) {
	switch v.Kind() {
	case event.Int:
		return uint64(v.Int()), true
	case event.BigInt:
		large, ok := new(big.Int).SetString(v.Str(), 10)
		if !ok {
			return 0, false
		}
		mask := new(big.Int).SetUint64(math.MaxUint64)
		return large.And(large, mask).Uint64(), true
	}
	return 0, false
}
