package shard

import (
	"encoding/binary"
	"errors"
	"fmt"
	"sync"

	"github.com/klauspost/compress/zstd"
)

// chunkDocs is how many documents are compressed together: fetching one reads
// them all.
const chunkDocs = 256

// Doc is a document as it was sent.
type Doc struct {
	Seq    int64
	ID     string
	Source []byte
}

var errChunk = errors.New("documents on disk are damaged")

// codec packs chunks; it is shared by all indices.
type codec struct {
	enc *zstd.Encoder
	dec *zstd.Decoder
}

var newCodec = sync.OnceValues(func() (*codec, error) {
	enc, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(2), zstd.WithLowerEncoderMem(true))
	if err != nil {
		return nil, err
	}
	dec, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(2), zstd.WithDecoderMaxMemory(1<<30))
	if err != nil {
		return nil, err
	}
	return &codec{enc, dec}, nil
})

func (c *codec) pack(docs []Doc) []byte {
	size := 0
	for _, d := range docs {
		size += len(d.ID) + len(d.Source) + 6
	}
	raw := make([]byte, 0, size)
	for _, d := range docs {
		raw = binary.AppendUvarint(raw, uint64(len(d.ID)))
		raw = append(raw, d.ID...)
		raw = binary.AppendUvarint(raw, uint64(len(d.Source)))
		raw = append(raw, d.Source...)
	}
	return c.enc.EncodeAll(raw, make([]byte, 0, len(raw)/4))
}

func (c *codec) unpack(first int64, n int, data []byte) ([]Doc, error) {
	raw, err := c.dec.DecodeAll(data, nil)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errChunk, err)
	}
	docs := make([]Doc, n)
	field := func() []byte {
		size, k := binary.Uvarint(raw)
		if k <= 0 || size > uint64(len(raw)-k) {
			err = errChunk
			return nil
		}
		b := raw[k : k+int(size) : k+int(size)]
		raw = raw[k+int(size):]
		return b
	}
	for i := range docs {
		docs[i] = Doc{Seq: first + int64(i), ID: string(field()), Source: field()}
	}
	return docs, err
}
