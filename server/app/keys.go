package app

import (
	"context"
	"os"
	"slices"
	"time"

	"onewindow/auth"
	"onewindow/models/casework"
	"onewindow/models/delegation"
	"onewindow/models/identity"
	"onewindow/models/material"
	"onewindow/models/resident"
	"onewindow/models/sealed"
	"onewindow/notify"
	"onewindow/server/config"
	"onewindow/server/connector"
)

// SealedTables lists every table of the house that holds sealed values or blind indexes.
func SealedTables() []sealed.Table {
	return slices.Concat(resident.Sealed(), identity.Sealed(), delegation.Sealed(), material.Sealed(), casework.Sealed(), notify.Sealed(), auth.Sealed(), connector.Sealed())
}

func (a *App) readKeys(ctx context.Context) (*config.Keys, error) {
	if a.config.Demo && a.config.KMSURL == "" {
		return config.LoadOrGenerateKeys(a.config.Keys)
	}
	return config.LoadWrappedKeys(ctx, a.config.Keys, a.config.KMS())
}

// newKeys gives the keyring of the key file whenever that has changed since it was last read.
func (a *App) newKeys() func() (*sealed.Keyring, error) {
	seen, _ := os.Stat(a.config.Keys) // it was read a moment ago
	return func() (*sealed.Keyring, error) {
		found, err := os.Stat(a.config.Keys)
		if err != nil {
			return nil, err
		}
		if seen != nil && os.SameFile(seen, found) && found.ModTime().Equal(seen.ModTime()) && found.Size() == seen.Size() {
			return nil, nil
		}
		ctx, cancel := context.WithTimeout(context.Background(), keysWait)
		defer cancel()
		keys, err := config.LoadWrappedKeys(ctx, a.config.Keys, a.config.KMS())
		if err != nil {
			return nil, err
		}
		ring, err := keys.Keyring()
		if err == nil {
			seen = found
		}
		return ring, err
	}
}

const (
	// followEvery is how often the key file is looked at, keysWait how long a KMS may take to unwrap a new one.
	followEvery = time.Second
	keysWait    = 15 * time.Second
	// rekeyEvery is how often it is made sure that a walk is under way where one is needed.
	rekeyEvery = 2 * time.Second
)

// followKeys takes over a changed key file. One that cannot be read changes nothing: the keys in use stay.
func (a *App) followKeys(ctx context.Context) {
	a.every(ctx, followEvery, "key file", func() error {
		changed, err := a.keyring.Refresh()
		if changed {
			a.logger.InfoContext(ctx, "new keys", "fields", a.keyring.Generation(), "index", a.keyring.IndexGeneration())
		}
		return err
	})
}

// keepRekeying has everything brought to the newest keys.
func (a *App) keepRekeying(ctx context.Context) {
	a.every(ctx, rekeyEvery, "new keys", func() error { return a.rekey.Begin(ctx) })
}
