package material

import (
	"context"
	"fmt"

	"gocloud.dev/blob"

	"onewindow/models"
	"onewindow/models/catalogue"
	"onewindow/models/sealed"
	"onewindow/models/store"
)

// Config is what the room stands on.
type Config struct {
	Store *store.Store
	// Bucket keeps the bytes of the files: a folder (OpenFolder), S3, or memory in tests.
	Bucket *blob.Bucket
	Keys   *sealed.Keyring
	// Materials looks a code up in the data dictionary; nil where it is not there any more.
	Materials func(code string) *catalogue.Material
	// Scan looks for viruses; nil: files are not scanned. Scanned hears of each outcome, and OnInfected of a file of an owner
	// that turned out infected after it had been taken; both may be nil.
	Scan       func(ctx context.Context, content []byte) (infected bool, err error)
	Scanned    func(found Scan, err error)
	OnInfected func(ctx context.Context, tx *store.Tx, owner models.ID) error
}

// Service is the room's use cases. It is safe for concurrent use.
type Service struct {
	store     *store.Store
	vault     vault
	keys      *sealed.Keyring
	materials func(code string) *catalogue.Material

	scan       func(ctx context.Context, content []byte) (infected bool, err error)
	scanned    func(found Scan, err error)
	onInfected func(ctx context.Context, tx *store.Tx, owner models.ID) error
}

// New makes the room's use cases.
func New(config Config) *Service {
	return &Service{
		store: config.Store, vault: vault{config.Bucket, config.Keys}, keys: config.Keys, materials: config.Materials,
		scan: config.Scan, scanned: config.Scanned, onInfected: config.OnInfected,
	}
}

// Attachment is what a person hands in for a material.
type Attachment struct {
	FileID models.ID
	// FileOwnerID is who uploaded the file, where that is not the owner of the document: a mother for her child.
	FileOwnerID models.ID
	Number      string
	IssuedOn    *models.Date
	// ExpiresOn is the last day of validity; nil: told by the dictionary and the issue date.
	ExpiresOn *models.Date
}

// AddUploaded puts a document that a person uploaded into the owner's wallet: UPLOADED, or SELF_DECLARED for a form. The
// same file with the same particulars again gives the document that is there. Another person's file is not found.
func (s *Service) AddUploaded(
	ctx context.Context, tx *store.Tx, owner models.ID, material *catalogue.Material, attachment Attachment,
) (*Document, []*models.Problem, error) {
	if attachment.FileID == "" {
		return nil, []*models.Problem{noFile()}, nil
	}
	if attachment.FileOwnerID == "" {
		attachment.FileOwnerID = owner
	}
	file, err := s.fileOf(ctx, tx.DB, attachment.FileOwnerID, attachment.FileID)
	if err != nil {
		return nil, nil, err
	}
	number, problems := checkAttachment(material, file, attachment, models.DateOf(tx.Now))
	if len(problems) > 0 {
		return nil, problems, nil
	}
	document := s.newDocument(tx, owner, material, FromUpload)
	document.Trust = trustOfUpload(material)
	document.describe(number, attachment.IssuedOn, ExpiryOf(attachment.IssuedOn, attachment.ExpiresOn, material.ValidForMonths))
	document.take(file)
	known, err := s.sameUpload(ctx, tx.DB, document)
	if err != nil || known != nil {
		return known, nil, err
	}
	return document, nil, s.insertDocument(tx, document)
}

// FetchedDocument is what a department's system supplied of a person.
type FetchedDocument struct {
	Department string // code
	Number     string
	IssuedOn   *models.Date
	ExpiresOn  *models.Date
	Fields     map[string]any
	// FileID is the file's, stored before the transaction with StoreFile; "" where there is none.
	FileID models.ID
}

// AddFetched puts what an authority supplied into the wallet: ISSUED. The same number of the same material again renews
// the document that is there, so that fetching twice never doubles it.
func (s *Service) AddFetched(
	ctx context.Context, tx *store.Tx, owner models.ID, material *catalogue.Material, fetched FetchedDocument,
) (*Document, error) {
	document := s.newDocument(tx, owner, material, FromDepartment)
	document.Trust, document.SourceDepartment, document.Fields = Issued, fetched.Department, fetched.Fields
	document.describe(fetched.Number, fetched.IssuedOn, ExpiryOf(fetched.IssuedOn, fetched.ExpiresOn, material.ValidForMonths))
	if err := s.takeFile(ctx, tx, document, fetched.FileID); err != nil {
		return nil, err
	}
	return document, s.upsertFetched(ctx, tx, document)
}

// IssuedDocument is what an approved application gives its owner.
type IssuedDocument struct {
	ApplicationID models.ID
	Department    string // code
	Number        string
	IssuedOn      *models.Date
	ExpiresOn     *models.Date
	Fields        map[string]any
	FileID        models.ID
	// First: the caller holds the application and knows that nothing has been issued for it, so that nobody has to look.
	First bool
}

// AddIssued puts a result into the wallet: ISSUED. One application issues a material once; again gives what is there.
func (s *Service) AddIssued(
	ctx context.Context, tx *store.Tx, owner models.ID, material *catalogue.Material, issued IssuedDocument,
) (*Document, error) {
	if !issued.First {
		known, err := s.issuedBy(ctx, tx.DB, issued.ApplicationID, material.Code)
		if err != nil || known != nil {
			return known, err
		}
	}
	document := s.newDocument(tx, owner, material, FromApplication)
	document.Trust, document.SourceDepartment, document.Fields = Issued, issued.Department, issued.Fields
	document.SourceApplicationID = issued.ApplicationID
	document.describe(issued.Number, issued.IssuedOn, ExpiryOf(issued.IssuedOn, issued.ExpiresOn, material.ValidForMonths))
	if err := s.takeFile(ctx, tx, document, issued.FileID); err != nil {
		return nil, err
	}
	return document, s.insertDocument(tx, document)
}

// Wallet lists the caller's own documents, the newest first.
func (s *Service) Wallet(ctx context.Context, actor models.Actor, request models.PageRequest) (*models.Page[*Document], error) {
	if actor.Kind == models.Anonymous {
		return nil, models.NotSignedIn()
	}
	owner := actor.PersonID()
	if owner == "" {
		return nil, models.NotAllowed()
	}
	pages, err := s.Wallets(ctx, []models.ID{owner}, request)
	if err != nil {
		return nil, err
	}
	return pages[0], nil
}

// Wallets lists the documents of several people, the newest first, each by the same page request and in the order of the owners.
// Who may see them is the caller's to decide.
func (s *Service) Wallets(ctx context.Context, owners []models.ID, request models.PageRequest) ([]*models.Page[*Document], error) {
	documents, totals, err := s.newestOf(ctx, owners, request)
	if err != nil {
		return nil, err
	}
	pages := make([]*models.Page[*Document], len(owners))
	for i, owner := range owners {
		pages[i] = models.NewPage(documents[owner], request, totals[owner], func(document *Document) string {
			return store.Cursor(document.CreatedAt, document.ID)
		})
	}
	return pages, nil
}

// Content gives a document's file and its plain bytes. Who may read it is the caller's to decide and to record.
func (s *Service) Content(ctx context.Context, documentID models.ID) (*File, []byte, error) {
	found, err := s.ByIDs(ctx, s.store.Reader(ctx), []models.ID{documentID})
	if err != nil {
		return nil, nil, err
	}
	document := found[documentID]
	if document == nil || document.FileID == "" {
		return nil, nil, models.NotFound()
	}
	if err := document.scan.fit(); err != nil {
		return nil, nil, err
	}
	content, err := s.vault.get(ctx, document.blobKey)
	if err != nil {
		return nil, nil, fmt.Errorf("document %s: %w", documentID, err)
	}
	return document.file(), content, nil
}

func (s *Service) newDocument(tx *store.Tx, owner models.ID, material *catalogue.Material, source Source) *Document {
	return &Document{
		ID: models.NewID(), OwnerID: owner, MaterialCode: material.Code, Material: material, Source: source, CreatedAt: tx.Now,
	}
}

func (s *Service) takeFile(ctx context.Context, tx *store.Tx, document *Document, fileID models.ID) error {
	if fileID == "" {
		return nil
	}
	file, err := s.fileOf(ctx, tx.DB, document.OwnerID, fileID)
	if err != nil {
		return err
	}
	document.take(file)
	return nil
}

// Rehome gives the papers of an account without an identity to the person whose account its phone joins. The bytes keep the
// index that they were stored under: the same file uploaded anew is a second copy until keys are rotated.
func (s *Service) Rehome(ctx context.Context, tx *store.Tx, from, to models.ID) error {
	if err := rehome(ctx, tx.DB, from, to); err != nil {
		return fmt.Errorf("rehome papers: %w", err)
	}
	return nil
}
