package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"text/tabwriter"

	"onewindow/models/material"
	"onewindow/models/rekey"
	"onewindow/models/sealed"
	"onewindow/models/store"
	"onewindow/server/app"
	"onewindow/server/config"
)

// ground is the server's database and files, opened beside it.
type ground struct {
	keyring *sealed.Keyring
	store   *store.Store
	counts  []rekey.Count
	files   map[uint32]int
}

// look counts what stands under which generation: every sealed column, every blind index, and the first bytes of every file.
func (r *request) look(ctx context.Context) (*ground, error) {
	keys, err := config.LoadWrappedKeys(ctx, r.settings.Keys, r.settings.KMS())
	if err != nil {
		return nil, err
	}
	found := &ground{}
	if found.keyring, err = keys.Keyring(); err != nil {
		return nil, err
	}
	if found.store, err = store.OpenBeside(ctx, r.settings.DatabaseURL.Reveal(), r.settings.Data); err != nil {
		return nil, err
	}
	if found.counts, err = rekey.New(found.store, found.keyring, app.SealedTables(), nil).Status(ctx); err != nil {
		_ = found.store.Close()
		return nil, err
	}
	bucket, err := app.OpenFiles(ctx, r.settings)
	if err == nil {
		found.files, err = material.New(material.Config{Store: found.store, Bucket: bucket, Keys: found.keyring}).CountFiles(ctx)
		_ = bucket.Close()
	}
	if err != nil {
		_ = found.store.Close()
		return nil, err
	}
	return found, nil
}

func (r *request) status(ctx context.Context, out io.Writer) error {
	found, err := r.look(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = found.store.Close() }()
	state, err := found.store.KeyState(ctx)
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "what\tkind\tgeneration\tvalues\t")
	for _, count := range found.counts {
		kind, newest := "fields", found.keyring.Generation()
		if count.Index {
			kind, newest = "index", found.keyring.IndexGeneration()
		}
		_, _ = fmt.Fprintf(table, "%s.%s\t%s\t%d\t%d\t%s\n", count.Table, count.Column, kind, count.Generation, count.Rows, note(count.Generation, newest))
	}
	for _, generation := range slices.Sorted(maps.Keys(found.files)) {
		_, _ = fmt.Fprintf(table, "files\tfields\t%d\t%d\t%s\n", generation, found.files[generation], note(generation, found.keyring.Generation()))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "newest: fields %d, index %d; indexes are written by %d; all moved to: fields %d, index %d (0: nothing was ever moved)\n",
		found.keyring.Generation(), found.keyring.IndexGeneration(), state.IndexGeneration, state.FieldsDone, state.IndexDone)
	return err
}

func note(generation, newest uint32) string {
	if generation == newest {
		return ""
	}
	return "to be moved"
}

// retire takes a generation out of the file where nothing uses it any more.
func (r *request) retire(ctx context.Context, out io.Writer) error {
	found, err := r.look(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = found.store.Close() }()
	state, err := found.store.KeyState(ctx)
	if err != nil {
		return err
	}
	for _, list := range r.lists {
		if list == config.FieldKeys && state.FieldsDone != found.keyring.Generation() || list == config.IndexKeys && state.IndexDone != found.keyring.IndexGeneration() {
			return fmt.Errorf("%s: the servers are not done with moving to the newest generation: try again when \"status\" says so", list)
		}
		if used := found.uses(list, r.number); used > 0 {
			return fmt.Errorf("%s: %d values still stand under generation %d: \"status\" names them", list, used, r.number)
		}
	}
	for _, list := range r.lists {
		if err := config.Retire(ctx, r.settings.Keys, r.settings.KMS(), list, r.number); err != nil {
			return err
		}
		_, _ = fmt.Fprintf(out, "%s: generation %d is out of %s; backups from before need %s.previous\n", list, r.number, r.settings.Keys, r.settings.Keys)
	}
	return nil
}

// uses counts what stands under a generation.
func (g *ground) uses(list config.KeyList, generation uint32) int {
	used := 0
	for _, count := range g.counts {
		if count.Index == (list == config.IndexKeys) && count.Generation == generation {
			used += count.Rows
		}
	}
	if list == config.FieldKeys {
		used += g.files[generation]
	}
	return used
}
