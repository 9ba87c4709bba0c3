package material

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"

	"onewindow/models"
	"onewindow/models/store"
)

// Upload takes a file in, of at most 10 MiB and of a type that its bytes prove. The same bytes of the same owner again
// give the file that is there, under the name of this upload. It must not be called inside a transaction.
//
// Whose file it is, casework has decided: a resident uploads for herself or for somebody for whom she may act.
func (s *Service) Upload(
	ctx context.Context, actor models.Actor, owner models.ID, name string, content io.Reader,
) (*File, []*models.Problem, error) {
	if actor.Kind == models.Anonymous {
		return nil, nil, models.NotSignedIn()
	}
	if owner == "" {
		return nil, nil, models.NotAllowed()
	}
	plain, err := io.ReadAll(io.LimitReader(content, MaxBytes+1))
	if err != nil {
		return nil, nil, fmt.Errorf("receive file: %w", err)
	}
	if len(plain) > MaxBytes {
		return nil, []*models.Problem{tooLarge(MaxBytes)}, nil
	}
	return s.StoreFile(ctx, owner, name, plain)
}

// Readable tells whether bytes are a file of a type that StoreFile takes.
func Readable(content []byte) bool {
	_, _, known := sniff(content)
	return known
}

// StoreFile keeps a file that is in memory already, e.g. one that a department supplied, which may be of MaxSupplied.
func (s *Service) StoreFile(ctx context.Context, owner models.ID, name string, content []byte) (*File, []*models.Problem, error) {
	if len(content) == 0 {
		return nil, []*models.Problem{emptyFile()}, nil
	}
	if len(content) > MaxSupplied {
		return nil, []*models.Problem{tooLarge(MaxSupplied)}, nil
	}
	kind, document, known := sniff(content)
	if !known {
		return nil, []*models.Problem{wrongFormat(allFormats())}, nil
	}
	found := s.examine(ctx, document)
	if found == Infected {
		return nil, []*models.Problem{infectedFile()}, nil
	}
	sum := sha256.Sum256(document)
	file := &File{
		ID: models.NewID(), OwnerID: owner, Name: cleanFileName(name, kind), ContentType: kind.contentType,
		Size: len(document), SHA256: hex.EncodeToString(sum[:]), Scan: found, blobKey: newKey(),
	}
	kept, err := s.keep(ctx, file, document)
	return kept, nil, err
}

func allFormats() []string {
	codes := make([]string, len(formats))
	for i, format := range formats {
		codes[i] = format.code
	}
	return codes
}

// keep writes the bytes first and the row after them: a row always has its bytes, and bytes without a row are garbage
// that RemoveOrphans takes away.
func (s *Service) keep(ctx context.Context, file *File, plain []byte) (*File, error) {
	generation, err := s.store.IndexGeneration(ctx)
	if err != nil {
		return nil, err
	}
	known, err := s.sameContent(ctx, s.store.Reader(ctx), generation, file)
	if err != nil {
		return nil, err
	}
	if known != nil {
		return s.keepAgain(ctx, known, file, plain)
	}
	if file.keyGeneration, err = s.vault.put(ctx, file.blobKey, plain); err != nil {
		return nil, err
	}
	err = s.store.InTx(ctx, func(tx *store.Tx) error {
		file.CreatedAt = tx.Now
		known, err = s.insertFile(ctx, tx, file)
		if err == nil && known == nil && file.Scan == ScanDue {
			err = tx.Enqueue(ScanArgs{FileID: file.ID}, nil)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("keep file: %w", err)
	}
	if known != nil { // somebody stored the same bytes meanwhile
		return known, s.vault.remove(ctx, file.blobKey)
	}
	return file, nil
}

// keepAgain gives the file that is there the name of the new upload, its bytes again if they were lost, and what the scanner
// said of them this time.
func (s *Service) keepAgain(ctx context.Context, known, again *File, plain []byte) (*File, error) {
	name := again.Name
	stored, err := s.vault.has(ctx, known.blobKey)
	if err != nil {
		return nil, err
	}
	if !stored {
		if known.keyGeneration, err = s.vault.put(ctx, known.blobKey, plain); err != nil {
			return nil, err
		}
	}
	cleared := again.Scan == Clean && known.Scan != Clean
	if stored && !cleared && known.Name == name {
		return known, nil
	}
	known.Name = name
	err = s.store.InTx(ctx, func(tx *store.Tx) error {
		if !stored {
			if err := noteBytes(ctx, tx.DB, known.ID, known.keyGeneration); err != nil {
				return err
			}
		}
		if cleared {
			if _, err := settleScan(ctx, tx.DB, known.ID, Clean); err != nil {
				return err
			}
			known.Scan = Clean
		}
		return s.renameFile(ctx, tx.DB, known)
	})
	if err != nil {
		return nil, fmt.Errorf("keep file: %w", err)
	}
	return known, nil
}
