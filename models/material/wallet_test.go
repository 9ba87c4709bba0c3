package material

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"onewindow/models"
	"onewindow/models/store"
)

func TestAnUploadedDocument(t *testing.T) {
	each(t, func(t *testing.T, o office) {
		owner := models.NewID()
		file := o.upload(t, owner, "照片.jpg", sampleJPEG(t))
		document, problems, err := o.attach(t, owner, photo, Attachment{FileID: file.ID, Number: " 7 ", IssuedOn: dayOrNone("2026-02-01")})
		if err != nil || len(problems) > 0 {
			t.Fatalf("%s, %v", codes(problems), err)
		}
		stored, err := o.Get(t.Context(), o.store.Reader(t.Context()), owner, document.ID)
		if err != nil {
			t.Fatal(err)
		}
		number, name, contentType := "7", "照片.jpg", "image/jpeg"
		want := &Document{
			ID: document.ID, OwnerID: owner, MaterialCode: "photo-id", Material: photo, FileID: file.ID, FileName: &name, ContentType: &contentType,
			Size: &file.Size, Number: &number, IssuedOn: dayOrNone("2026-02-01"), ExpiresOn: dayOrNone("2026-08-01"), Trust: Uploaded,
			Source: FromUpload, SHA256: file.SHA256, CreatedAt: o.clock.Now().UTC(),
		}
		for what, got := range map[string]*Document{"made": document, "stored": stored} {
			if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(Document{})); diff != "" {
				t.Errorf("%s: %s", what, diff)
			}
		}
		again, _, err := o.attach(t, owner, photo, Attachment{FileID: file.ID, Number: "7", IssuedOn: dayOrNone("2026-02-01")})
		if err != nil || again.ID != document.ID {
			t.Errorf("the same again: %v, %v", again, err)
		}
		other, _, err := o.attach(t, owner, photo, Attachment{FileID: file.ID, Number: "8", IssuedOn: dayOrNone("2026-02-01")})
		if err != nil || other.ID == document.ID {
			t.Errorf("with another number: %v, %v", other, err)
		}
		form := o.upload(t, owner, "form.pdf", samplePDF("form"))
		declared, _, err := o.attach(t, owner, letter, Attachment{FileID: form.ID})
		if err != nil || declared.Trust != SelfDeclared {
			t.Errorf("a form: %+v, %v", declared, err)
		}
	})
}

func TestADocumentThatDoesNotFit(t *testing.T) {
	each(t, func(t *testing.T, o office) {
		owner := models.NewID()
		pdf := o.upload(t, owner, "a.pdf", samplePDF("x"))
		jpg := o.upload(t, owner, "a.jpg", sampleJPEG(t))
		for name, c := range map[string]struct {
			attachment Attachment
			want       string
		}{
			"no file":             {Attachment{}, "REQUIRED file"},
			"a pdf as a photo":    {Attachment{FileID: pdf.ID}, "FORMAT file"},
			"expired":             {Attachment{FileID: jpg.ID, ExpiresOn: dayOrNone("2026-03-01")}, "EXPIRED expiresOn"},
			"too old for a photo": {Attachment{FileID: jpg.ID, IssuedOn: dayOrNone("2025-03-01")}, "EXPIRED issuedOn"},
			"all at once":         {Attachment{FileID: pdf.ID, Number: "a\x00", IssuedOn: dayOrNone("2026-03-03")}, "FORMAT file, FORMAT number, FORMAT issuedOn"},
		} {
			document, problems, err := o.attach(t, owner, photo, c.attachment)
			if document != nil || err != nil || codes(problems) != c.want {
				t.Errorf("%s: %v, %q, %v", name, document, codes(problems), err)
			}
		}
		page, err := o.Wallet(t.Context(), residentActor(owner), models.PageRequest{First: 10})
		if err != nil || page.TotalCount != 0 {
			t.Errorf("%d documents, %v", page.TotalCount, err)
		}
	})
}

func TestAnothersThingsDoNotExist(t *testing.T) {
	each(t, func(t *testing.T, o office) {
		mother, child, stranger := models.NewID(), models.NewID(), models.NewID()
		file := o.upload(t, mother, "a.pdf", samplePDF("x"))
		for name, attachment := range map[string]Attachment{
			"another's file": {FileID: file.ID}, "an unknown file": {FileID: models.NewID()}, "no identifier": {FileID: "1' OR '1'='1"},
		} {
			if _, _, err := o.attach(t, stranger, idCard, attachment); !isNotFound(err) {
				t.Errorf("%s: %v", name, err)
			}
		}
		// A mother's file can stand in her child's wallet.
		document, _, err := o.attach(t, child, idCard, Attachment{FileID: file.ID, FileOwnerID: mother})
		if err != nil {
			t.Fatal(err)
		}
		reader := o.store.Reader(t.Context())
		if _, err := o.Get(t.Context(), reader, child, document.ID); err != nil {
			t.Error(err)
		}
		for _, owner := range []models.ID{stranger, mother, ""} {
			if _, err := o.Get(t.Context(), reader, owner, document.ID); !isNotFound(err) {
				t.Errorf("owner %q: %v", owner, err)
			}
		}
		if _, err := o.Get(t.Context(), reader, child, "nonsense"); !isNotFound(err) {
			t.Error(err)
		}
		if found, err := o.ByIDs(t.Context(), reader, []models.ID{"nonsense", document.ID, models.NewID()}); err != nil || len(found) != 1 {
			t.Errorf("found %d, %v", len(found), err)
		}
	})
}

func TestFetchingTwiceRenewsAndNeverDoubles(t *testing.T) {
	each(t, func(t *testing.T, o office) {
		owner := models.NewID()
		file, _, err := o.StoreFile(t.Context(), owner, "id.pdf", samplePDF("id"))
		if err != nil {
			t.Fatal(err)
		}
		first := o.fetched(t, owner, FetchedDocument{
			Department: "public-security", Number: "330102199001011234", IssuedOn: dayOrNone("2006-03-02"), FileID: file.ID, Fields: map[string]any{"nation": "汉"},
		})
		o.clock.Advance(time.Hour)
		again := o.fetched(t, owner, FetchedDocument{
			Department: "public-security", Number: "330102199001011234", IssuedOn: dayOrNone("2026-03-01"), Fields: map[string]any{"nation": "畲"},
		})
		if again.ID != first.ID || !again.CreatedAt.Equal(first.CreatedAt) {
			t.Errorf("first %v, again %v", first.ID, again.ID)
		}
		o.fetched(t, owner, FetchedDocument{Department: "public-security", Number: "another"})
		o.fetched(t, owner, FetchedDocument{Department: "public-security"})
		o.fetched(t, owner, FetchedDocument{Department: "public-security"})
		o.fetched(t, owner, FetchedDocument{Department: "civil-affairs", Number: "330102199001011234"})
		o.fetched(t, models.NewID(), FetchedDocument{Department: "public-security", Number: "330102199001011234"})
		page, err := o.Wallet(t.Context(), residentActor(owner), models.PageRequest{First: 10})
		if err != nil || page.TotalCount != 4 {
			t.Errorf("%d documents, %v", page.TotalCount, err)
		}
		stored, err := o.Get(t.Context(), o.store.Reader(t.Context()), owner, first.ID)
		if err != nil {
			t.Fatal(err)
		}
		if stored.Trust != Issued || *stored.ExpiresOn != day("2046-03-01") || stored.FileID != "" || stored.FileName != nil || stored.Fields["nation"] != "畲" {
			t.Errorf("renewed %+v", stored)
		}
		if printed := fmt.Sprintf("%v %+v %#v", stored.Fields, stored, stored.Fields); strings.Contains(printed, "畲") {
			t.Errorf("printed %s", printed)
		}
		if raw, err := json.Marshal(stored.Fields); err != nil || !bytes.Contains(raw, []byte("畲")) {
			t.Errorf("what is handed over is %s, %v", raw, err)
		}
		o.refuseReadable(t, "畲", "330102199001011234")
	})
}

func TestAnApplicationIssuesAMaterialOnce(t *testing.T) {
	each(t, func(t *testing.T, o office) {
		owner, application := models.NewID(), models.NewID()
		issue := func(application models.ID, number string) (document *Document, err error) {
			err = o.store.InTx(t.Context(), func(tx *store.Tx) (err error) {
				document, err = o.AddIssued(t.Context(), tx, owner, idCard, IssuedDocument{
					ApplicationID: application, Department: "public-security", Number: number, IssuedOn: dayOrNone("2026-03-02"),
				})
				return err
			})
			return document, err
		}
		first, err := issue(application, "A1")
		if err != nil {
			t.Fatal(err)
		}
		again, err := issue(application, "A2")
		if err != nil || again.ID != first.ID || *again.Number != "A1" || again.SourceApplicationID != application {
			t.Errorf("again %+v, %v", again, err)
		}
		if other, err := issue(models.NewID(), "A3"); err != nil || other.ID == first.ID || other.Trust != Issued || other.Source != FromApplication {
			t.Errorf("another application: %+v, %v", other, err)
		}
		if _, err := issue("", "A4"); err == nil {
			t.Error("a result without an application was taken")
		}
	})
}

func TestTheWalletOffersWhatCanBeUsedInOneQuery(t *testing.T) {
	each(t, func(t *testing.T, o office) {
		owner := models.NewID()
		file := o.upload(t, owner, "a.jpg", sampleJPEG(t))
		uploaded, _, err := o.attach(t, owner, idCard, Attachment{FileID: file.ID})
		if err != nil {
			t.Fatal(err)
		}
		soon := o.fetched(t, owner, FetchedDocument{Department: "public-security", Number: "1", ExpiresOn: dayOrNone("2026-03-10")})
		o.fetched(t, owner, FetchedDocument{Department: "public-security", Number: "2", ExpiresOn: dayOrNone("2026-03-01")})
		o.fetched(t, models.NewID(), FetchedDocument{Department: "public-security", Number: "3"})
		for on, want := range map[string]models.ID{"2026-03-10": soon.ID, "2026-03-11": uploaded.ID} {
			ctx, counter := store.WithCounter(t.Context())
			usable, err := o.Usable(ctx, o.store.Reader(ctx), owner, []string{"id-card", "photo-id"}, day(on), day(on))
			if err != nil || len(usable) != 1 || usable["id-card"].ID != want {
				t.Errorf("on %s: %v, %v", on, usable, err)
			}
			if counter.Load() != 1 {
				t.Errorf("%d queries", counter.Load())
			}
		}
	})
}

func TestTheWalletIsReadPageByPageNewestFirst(t *testing.T) {
	each(t, func(t *testing.T, o office) {
		owner := models.NewID()
		var want, got []string
		for i := range 7 {
			if i%3 == 2 { // some come at the same instant
				o.clock.Advance(time.Minute)
			}
			o.fetched(t, owner, FetchedDocument{Department: "public-security", Number: fmt.Sprint(i)})
			want = append([]string{fmt.Sprint(i)}, want...)
		}
		o.fetched(t, models.NewID(), FetchedDocument{Department: "public-security", Number: "not mine"})
		request := models.PageRequest{First: 3}
		for pages := 1; ; pages++ {
			ctx, counter := store.WithCounter(t.Context())
			page, err := o.Wallet(ctx, residentActor(owner), request)
			if err != nil || page.TotalCount != 7 || counter.Load() != 2 {
				t.Fatalf("total %d in %d queries, %v", page.TotalCount, counter.Load(), err)
			}
			for _, edge := range page.Edges {
				got = append(got, *edge.Node.Number)
			}
			if !page.PageInfo.HasNextPage {
				if pages != 3 {
					t.Errorf("%d pages", pages)
				}
				break
			}
			request.After = *page.PageInfo.EndCursor
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		if _, err := o.Wallet(t.Context(), residentActor(owner), models.PageRequest{First: 3, After: store.Cursor(time.Now(), "' OR 1=1")}); err == nil {
			t.Error("a cursor that was not made here was taken")
		}
		for _, actor := range []models.Actor{{Kind: models.Anonymous}, {Kind: models.Staff, ID: owner}, {Kind: models.Kiosk, ID: owner}} {
			if _, err := o.Wallet(t.Context(), actor, request); err == nil {
				t.Errorf("%s read a wallet", actor.Kind)
			}
		}
	})
}

func TestALinkWorksForTenMinutesAndOneReader(t *testing.T) {
	each(t, func(t *testing.T, o office) {
		owner := models.NewID()
		file := o.upload(t, owner, "a.pdf", samplePDF("x"))
		document, _, err := o.attach(t, owner, letter, Attachment{FileID: file.ID})
		if err != nil {
			t.Fatal(err)
		}
		made := LinkTo{DocumentID: document.ID, Reader: "medical-insurance", ApplicationID: models.NewID(), Step: "check"}
		link := func(to LinkTo) (token string, expires time.Time) {
			err := o.store.InTx(t.Context(), func(tx *store.Tx) (err error) {
				token, expires, err = o.NewLink(t.Context(), tx, to)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return token, expires
		}
		open := func(token, from string) (opened *Opened, first bool, err error) {
			found, err := o.FindLink(t.Context(), token)
			if err != nil {
				return nil, false, err
			}
			if from != "" {
				if found.LinkTo != made {
					t.Errorf("the link is %+v", found.LinkTo)
				}
				if err := o.store.InTx(t.Context(), func(tx *store.Tx) (err error) {
					first, err = o.TakeLink(t.Context(), tx, found, from)
					return err
				}); err != nil {
					return nil, false, err
				}
			}
			opened, err = o.OpenLink(t.Context(), found)
			return opened, first, err
		}
		token, expires := link(made)
		other, _ := link(made)
		if len(token) != 22 || token == other || !expires.Equal(o.clock.Now().Add(10*time.Minute)) {
			t.Errorf("token of %d characters, until %v", len(token), expires)
		}
		o.clock.Advance(10*time.Minute - time.Second)
		for try, wantFirst := range []bool{true, false} {
			opened, first, err := open(token, "192.0.2.1")
			if err != nil {
				t.Fatal(err)
			}
			if opened.Name != "a.pdf" || opened.ContentType != "application/pdf" || first != wantFirst || !bytes.HasPrefix(opened.Content, pdfHead) {
				t.Errorf("try %d: opened %s, %s, first %v", try, opened.Name, opened.ContentType, first)
			}
		}
		if _, _, err := open(token, "192.0.2.2"); !isNotFound(err) {
			t.Errorf("a second reader: %v", err)
		}
		if _, first, err := open(other, "192.0.2.2"); err != nil || !first {
			t.Errorf("the other link to the same file: first %v, %v", first, err)
		}
		last := map[byte]byte{'A': 'Q', 'Q': 'g', 'g': 'w', 'w': 'A'}[token[21]]
		for _, wrong := range []string{"", "x", token + "A", token[:21], token[:21] + string(last), strings.Repeat("A", 22), strings.Repeat("A", 1000)} {
			if _, err := o.FindLink(t.Context(), wrong); !isNotFound(err) {
				t.Errorf("%q: %v", wrong, err)
			}
		}
		found, err := o.FindLink(t.Context(), token)
		if err != nil {
			t.Fatal(err)
		}
		o.clock.Advance(time.Second)
		if _, err := o.FindLink(t.Context(), token); !isNotFound(err) {
			t.Errorf("after ten minutes: %v", err)
		}
		if err := o.store.InTx(t.Context(), func(tx *store.Tx) error { _, err := o.TakeLink(t.Context(), tx, found, "192.0.2.1"); return err }); !isNotFound(err) {
			t.Errorf("found in time and taken too late: %v", err)
		}
		fileless, _ := link(LinkTo{DocumentID: o.fetched(t, owner, FetchedDocument{Department: "public-security"}).ID})
		if _, _, err := open(fileless, ""); !isNotFound(err) {
			t.Errorf("no file: %v", err)
		}
		o.clock.Advance(10 * time.Minute)
		if _, err := o.RemoveOrphans(t.Context()); err != nil {
			t.Fatal(err)
		}
		var left int64
		if err := o.store.Reader(t.Context()).Table("material_links").Count(&left).Error; err != nil || left != 0 {
			t.Errorf("%d links left, %v", left, err)
		}
	})
}
