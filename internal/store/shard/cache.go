package shard

import (
	"container/list"
	"sync"
)

// Cache holds parts of blocks that searches have read, up to a size; all
// indices share one.
type Cache struct {
	mu    sync.Mutex
	limit int
	used  int
	order *list.List // most recently used first
	items map[cacheKey]*list.Element
}

type cacheKey struct {
	index *Index
	first int64
	name  string
}

type cacheItem struct {
	key   cacheKey
	value any
	size  int
}

// NewCache returns a cache for limit bytes.
func NewCache(limit int) *Cache {
	return &Cache{limit: limit, order: list.New(), items: map[cacheKey]*list.Element{}}
}

func (c *Cache) get(k cacheKey) any {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.items[k]
	if e == nil {
		return nil
	}
	c.order.MoveToFront(e)
	return e.Value.(*cacheItem).value
}

func (c *Cache) put(k cacheKey, value any, size int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.items[k] != nil || size > c.limit/4 {
		return
	}
	c.items[k] = c.order.PushFront(&cacheItem{k, value, size})
	c.used += size
	for c.used > c.limit {
		c.remove(c.order.Back())
	}
}

func (c *Cache) remove(e *list.Element) {
	item := c.order.Remove(e).(*cacheItem)
	delete(c.items, item.key)
	c.used -= item.size
}

// forget drops what belongs to an index.
func (c *Cache) forget(ix *Index) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for k, e := range c.items {
		if k.index == ix {
			c.remove(e)
		}
	}
}
