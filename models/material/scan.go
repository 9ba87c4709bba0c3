package material

import (
	"context"
	"errors"
	"fmt"

	"onewindow/models"
	"onewindow/models/store"
)

// Scan is what is known of a file's harmlessness.
type Scan string

// What a scanner has said. A file that is PENDING or INFECTED leaves the house for nobody.
const (
	NotScanned Scan = "NOT_SCANNED" // no scanner was set up when it came
	ScanDue    Scan = "PENDING"     // the scanner did not answer; a job asks again
	Clean      Scan = "CLEAN"
	Infected   Scan = "INFECTED" // found out afterwards; its bytes are gone
)

// ErrScanDue says that a file has not been scanned yet.
var ErrScanDue = errors.New("the file has not been scanned yet")

// ScanArgs is the job that has a file scanned that could not be when it came.
type ScanArgs struct {
	FileID models.ID `json:"file_id"`
}

// Kind names the job.
func (ScanArgs) Kind() string { return "material.scan" }

func infectedFile() *models.Problem {
	return models.NewProblem("INFECTED", "file", models.T(
		"文件中发现病毒，未予接收。请用杀毒软件检查设备后重新制作并上传",
		"A virus was found in this file, so it was not taken. Please check your device with antivirus software, make the file anew and upload it"))
}

func scanPending() error {
	return models.Unavailable(models.T("文件正在进行安全检查，请几分钟后再试", "The file is being checked for viruses, please try again in a few minutes"))
}

// examine asks the scanner, where there is one. A scanner that does not answer keeps nobody from handing in a paper: the file
// is taken and held back.
func (s *Service) examine(ctx context.Context, content []byte) Scan {
	if s.scan == nil {
		return NotScanned
	}
	infected, err := s.scan(ctx, content)
	found := Clean
	switch {
	case err != nil:
		found = ScanDue
	case infected:
		found = Infected
	}
	if s.scanned != nil {
		s.scanned(found, err)
	}
	return found
}

// fit tells whether a file of this standing may leave the house.
func (s Scan) fit() error {
	switch s {
	case ScanDue:
		return fmt.Errorf("%w: %w", scanPending(), ErrScanDue)
	case Infected:
		return models.NotFound()
	}
	return nil
}

// MayLeave tells whether a document's file may be given to anybody: ErrScanDue, or NOT_FOUND where it turned out infected.
func (*Service) MayLeave(document *Document) error { return document.scan.fit() }

// ScanAgain has a file scanned that was taken while the scanner did not answer. An error means: try again. Of one that is
// infected the bytes are removed, and whoever handed it in is told.
func (s *Service) ScanAgain(ctx context.Context, args ScanArgs) error {
	file, err := s.fileDue(ctx, s.store.Reader(ctx), args.FileID)
	if err != nil || file == nil {
		return err
	}
	content, err := s.vault.get(ctx, file.blobKey)
	if err != nil {
		return fmt.Errorf("scan file %s: %w", file.ID, err)
	}
	found := s.examine(ctx, content)
	if found == ScanDue || found == NotScanned { // also where the scanner was taken away: what was suspect once stays held back
		return fmt.Errorf("scan file %s: %w", file.ID, ErrScanDue)
	}
	err = s.store.InTx(ctx, func(tx *store.Tx) error {
		changed, err := settleScan(ctx, tx.DB, file.ID, found)
		if err != nil || !changed || found != Infected || s.onInfected == nil {
			return err
		}
		return s.onInfected(ctx, tx, file.OwnerID)
	})
	if err != nil || found != Infected {
		return err
	}
	return s.vault.remove(ctx, file.blobKey)
}
