package app

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/riverqueue/river"
	"gocloud.dev/blob"
	"gocloud.dev/blob/s3blob"

	"onewindow/models"
	"onewindow/models/material"
	"onewindow/models/store"
	"onewindow/notify"
	"onewindow/server/clamd"
	"onewindow/server/config"
)

// OpenFiles opens the place of the uploaded files: S3 where the settings name a bucket, else a folder under the data folder.
func OpenFiles(ctx context.Context, settings *config.Config) (*blob.Bucket, error) {
	if settings.Files == "" {
		return material.OpenFolder(filepath.Join(settings.Data, "files"))
	}
	mux := &blob.URLMux{}
	mux.RegisterBucket(s3blob.Scheme, &s3blob.URLOpener{})
	bucket, err := mux.OpenBucket(ctx, settings.Files.Reveal())
	if err != nil {
		return nil, fmt.Errorf("ONEWINDOW_FILES: %w", err)
	}
	return bucket, nil
}

// scanning adds the virus scanner of the settings to the files' room.
func (a *App) scanning(room material.Config) material.Config {
	if a.config.Clamd == "" {
		return room
	}
	scans := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "onewindow_file_scans_total", Help: "Files that the virus scanner was asked about, by what it said; PENDING: it did not answer.",
	}, []string{"outcome"})
	a.registry.MustRegister(scans)
	room.Scan = clamd.New(a.config.Clamd).Scan
	room.Scanned = func(found material.Scan, err error) {
		scans.WithLabelValues(string(found)).Inc()
		if found == material.ScanDue || found == material.Infected {
			a.logger.Warn("file scan", "outcome", string(found), "cause", err)
		}
	}
	room.OnInfected = func(ctx context.Context, tx *store.Tx, owner models.ID) error {
		return a.notify.Tell(ctx, tx, owner, notify.FileInfected, notify.Params{})
	}
	return room
}

const (
	scanFirst  = 15 * time.Second
	scanSeldom = 10 * time.Minute
)

// scanAgain waits for the scanner as long as it takes, more and more seldom: a paper is never let through because nobody looked.
func (a *App) scanAgain(ctx context.Context, job *river.Job[material.ScanArgs]) error {
	err := a.materials.ScanAgain(ctx, job.Args)
	if errors.Is(err, material.ErrScanDue) {
		return river.JobSnooze(min(max(a.clock.Now().Sub(job.CreatedAt)/4, scanFirst), scanSeldom))
	}
	return err
}
