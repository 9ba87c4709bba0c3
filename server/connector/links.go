package connector

import (
	"context"

	"onewindow/models/material"
	"onewindow/models/store"
)

// OpenLink gives the file behind a link that a department was handed, to whoever comes from one address: the first who opens it.
// The link works for ten minutes and no longer than the department has the step; it leaves an access record when it is opened
// first. Whatever does not work is NOT_FOUND, all alike.
func (d *Desk) OpenLink(ctx context.Context, token, from string) (*material.Opened, error) {
	link, err := d.Materials.FindLink(ctx, token)
	if err != nil {
		return nil, err
	}
	err = d.Store.InTx(ctx, func(tx *store.Tx) error {
		first, err := d.Materials.TakeLink(ctx, tx, link, from)
		if err != nil || link.ApplicationID == "" { // made by a replica of before links knew their step
			return err
		}
		return d.Cases.FileTaken(tx, link.ApplicationID, link.Step, link.Reader, first)
	})
	if err != nil {
		return nil, err
	}
	return d.Materials.OpenLink(ctx, link)
}
