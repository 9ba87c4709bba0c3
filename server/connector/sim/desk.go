package sim

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"onewindow/server/connector/webhook"
)

// errNotKept says that a case could not be written down: the sender must ask again.
var errNotKept = errors.New("the case cannot be kept")

// stage is how far a department is with a case.
type stage string

const (
	stageReceived  stage = "received"
	stageProgress  stage = "progress"
	stageDecided   stage = "decided"
	stageDone      stage = "done"
	stageWithdrawn stage = "withdrawn"
)

// following gives the stage after one was reported.
var following = map[stage]stage{stageReceived: stageProgress, stageProgress: stageDecided, stageDecided: stageDone}

// record is one case, as it is kept on disk: neither form nor subject, so that no personal data lies there.
type record struct {
	Number string `json:"number"`
	Step   string `json:"step"`
	Item   string `json:"item"`
	// Stage is what is to be reported next; done and withdrawn stay, so that the same case again does nothing twice.
	Stage stage `json:"stage"`
	// At is when what is to be reported happened; nil before it has. It is kept so that a repeated event is the same event.
	At *time.Time `json:"at,omitempty"`

	cancel context.CancelFunc
}

func (r *record) isOpen() bool { return r.Stage != stageDone && r.Stage != stageWithdrawn }

type caseKey struct{ number, step string }

type deskConfig struct {
	Config
	department string
	secret     webhook.Secret
	deliverer  *http.Client
}

// desk works a department's cases by itself, each beside the others.
type desk struct {
	deskConfig

	mutex   sync.Mutex
	records map[caseKey]*record
	ctx     context.Context // the simulation's life: cases outlive the request that brought them
	running *sync.WaitGroup
}

func openDesk(config deskConfig) (*desk, error) {
	opened := &desk{deskConfig: config, records: map[caseKey]*record{}}
	if config.DataDir == "" {
		return opened, nil
	}
	stored, err := os.ReadFile(opened.path())
	if errors.Is(err, os.ErrNotExist) {
		return opened, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read open cases: %w", err)
	}
	var records []*record
	if err := json.Unmarshal(stored, &records); err != nil {
		return nil, fmt.Errorf("read open cases: %w", err)
	}
	for _, kept := range records {
		opened.records[caseKey{kept.Number, kept.Step}] = kept
	}
	return opened, nil
}

// resume goes on with every open case.
func (d *desk) resume(ctx context.Context, running *sync.WaitGroup) {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	d.ctx, d.running = ctx, running
	for _, kept := range d.records {
		if kept.isOpen() {
			d.work(kept)
		}
	}
}

// settle waits until whoever is taking a case has begun with it; after the simulation's end nobody takes another.
func (d *desk) settle() {
	d.mutex.Lock()
	defer d.mutex.Unlock()
}

// work begins with a case; the mutex is held.
func (d *desk) work(taken *record) {
	ctx, cancel := context.WithCancel(d.ctx)
	taken.cancel = cancel
	d.running.Go(func() {
		defer cancel()
		d.report(ctx, taken)
	})
}

// open takes a case; the same number and step again does nothing.
func (d *desk) open(number, step, item string) error {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	key := caseKey{number, step}
	if d.ctx == nil || d.ctx.Err() != nil {
		return errNotKept
	}
	if d.records[key] != nil {
		return nil
	}
	taken := &record{Number: number, Step: step, Item: item, Stage: stageReceived}
	d.records[key] = taken
	if err := d.save(); err != nil {
		delete(d.records, key)
		return err
	}
	d.work(taken)
	return nil
}

// withdraw stops a case. One that has not come yet is remembered as withdrawn, in case the two overtook each other.
func (d *desk) withdraw(number, step string) error {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	key := caseKey{number, step}
	withdrawn := d.records[key]
	if withdrawn == nil {
		withdrawn = &record{Number: number, Step: step, Stage: stageWithdrawn}
		d.records[key] = withdrawn
	}
	if withdrawn.isOpen() {
		withdrawn.Stage = stageWithdrawn
	}
	if withdrawn.cancel != nil {
		withdrawn.cancel()
	}
	return d.save()
}

func (d *desk) path() string {
	return filepath.Join(d.DataDir, "simulated-departments", d.department+".json")
}

// save writes all cases beside the file and moves them over it, so that a killed process leaves the old or the new.
func (d *desk) save() error {
	if d.DataDir == "" {
		return nil
	}
	records := make([]*record, 0, len(d.records))
	for _, kept := range d.records {
		records = append(records, kept)
	}
	encoded, err := json.Marshal(records)
	if err != nil {
		return fmt.Errorf("%w: %w", errNotKept, err)
	}
	if err := os.MkdirAll(filepath.Dir(d.path()), 0o700); err != nil {
		return fmt.Errorf("%w: %w", errNotKept, err)
	}
	if err := os.WriteFile(d.path()+".new", encoded, 0o600); err != nil {
		return fmt.Errorf("%w: %w", errNotKept, err)
	}
	if err := os.Rename(d.path()+".new", d.path()); err != nil {
		return fmt.Errorf("%w: %w", errNotKept, err)
	}
	return nil
}
