package store

import (
	"fmt"
	"strconv"

	"go.etcd.io/bbolt"
)

// migrations bring a file from schema i to i+1. They run in one transaction, so a file is never half way.
var migrations = []func(tx *bbolt.Tx) error{
	func(*bbolt.Tx) error { return nil }, // 0 → 1: the first schema
	index,                                // 1 → 2: the desk's views and search
}

// migrate brings the file to the newest schema, and refuses a file from a newer replyd.
func migrate(tx *bbolt.Tx, fresh bool) error {
	meta, have := tx.Bucket(bMeta), len(migrations)
	if !fresh {
		n, err := strconv.Atoi(string(meta.Get([]byte("schema"))))
		if err != nil {
			return fmt.Errorf("store: the file names no schema; it is not replyd's, or damaged")
		}
		have = n
	}
	if have > len(migrations) {
		return fmt.Errorf("store: the file has schema %d and this replyd knows %d: install a newer replyd",
			have, len(migrations))
	}
	for i := have; i < len(migrations); i++ {
		if err := migrations[i](tx); err != nil {
			return fmt.Errorf("store: migrating from schema %d to %d: %w", i, i+1, err)
		}
	}
	return meta.Put([]byte("schema"), []byte(strconv.Itoa(len(migrations))))
}
