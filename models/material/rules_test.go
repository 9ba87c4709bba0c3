package material

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"onewindow/models"
	"onewindow/models/catalogue"
)

func day(text string) models.Date {
	parsed, err := models.ParseDate(text)
	if err != nil {
		panic(err)
	}
	return parsed
}

func dayOrNone(text string) *models.Date {
	if text == "" {
		return nil
	}
	parsed := day(text)
	return &parsed
}

// 房产证明 one of: 不动产权证 (deed), 租赁合同 (lease), 单位宿舍证明 (dormitory); 身份证 (id-card) stands alone.
func TestOneOfAGroupIsEnough(t *testing.T) {
	groups := map[string]string{"deed": "home", "lease": "home", "dormitory": "home"}
	for name, c := range map[string]struct{ deed, lease, dormitory, wantDeed, wantLease, wantDormitory Status }{
		"nothing is there: all are offered":             {Missing, Missing, Missing, Missing, Missing, Missing},
		"the lease is uploaded: the others rest":        {Missing, Provided, Missing, NotNeeded, Provided, NotNeeded},
		"the deed came from the register":               {Fetched, Missing, Missing, Fetched, NotNeeded, NotNeeded},
		"the lease is promised for later":               {Missing, Deferred, Missing, NotNeeded, Deferred, NotNeeded},
		"a commitment replaces the paper":               {Missing, Missing, Committed, NotNeeded, NotNeeded, Committed},
		"promised, then another one came":               {Provided, Deferred, Missing, Provided, NotNeeded, NotNeeded},
		"the lease was rejected and nothing else came":  {Missing, Rejected, Missing, Missing, Rejected, Missing},
		"the lease was rejected and the deed came":      {Reused, Rejected, Missing, Reused, NotNeeded, NotNeeded},
		"two were handed in: both stay":                 {Provided, Provided, Missing, Provided, Provided, NotNeeded},
		"a rule says that the dormitory does not count": {Missing, Missing, NotNeeded, Missing, Missing, NotNeeded},
	} {
		t.Run(name, func(t *testing.T) {
			got := SettleGroups([]Requirement{
				{Key: "id-card", Status: Missing}, {Key: "deed", Status: c.deed}, {Key: "lease", Status: c.lease}, {Key: "dormitory", Status: c.dormitory},
			}, groups)
			statuses := []Status{got[0].Status, got[1].Status, got[2].Status, got[3].Status}
			if diff := cmp.Diff([]Status{Missing, c.wantDeed, c.wantLease, c.wantDormitory}, statuses); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAGroupIsAskedForAgainWhenItsPaperFallsAway(t *testing.T) {
	groups := map[string]string{"deed": "home", "lease": "home"}
	settled := SettleGroups([]Requirement{{Key: "deed", Status: Missing}, {Key: "lease", Status: Provided}}, groups)
	if settled[0].ReplacedBy != "lease" {
		t.Fatalf("deed is replaced by %q", settled[0].ReplacedBy)
	}
	settled[1].Status = Rejected
	again := SettleGroups(settled, groups)
	if len(StillMissing(again)) != 2 || again[0].Status != Missing || again[0].ReplacedBy != "" {
		t.Errorf("got %+v", again)
	}
	if settled[0].Status != NotNeeded {
		t.Error("what was given was changed")
	}
}

// A changed answer can make a paper needless that a group had replaced before: then the group has no say over it.
func TestARuleThatNeedsNothingGoesBeforeTheGroup(t *testing.T) {
	settled := SettleGroups([]Requirement{
		{Key: "deed", Status: NotNeeded, ReplacedBy: "lease"}, {Key: "lease", Status: Rejected},
	}, map[string]string{"lease": "home"})
	want := []Requirement{{Key: "deed", Status: NotNeeded}, {Key: "lease", Status: Rejected}}
	if diff := cmp.Diff(want, settled); diff != "" {
		t.Error(diff)
	}
}

func TestWhatCountsAsMissing(t *testing.T) {
	var all []Requirement
	for _, status := range []Status{Missing, Provided, Reused, Fetched, Committed, Deferred, Rejected, NotNeeded} {
		all = append(all, Requirement{Key: string(status), Status: status})
	}
	var missing []string
	for _, requirement := range StillMissing(all) {
		missing = append(missing, requirement.Key)
	}
	if diff := cmp.Diff([]string{"MISSING", "REJECTED"}, missing); diff != "" {
		t.Error(diff)
	}
}

func TestAcceptedByItselfOnlyWhenAuthoritiesSuppliedEverything(t *testing.T) {
	for name, c := range map[string]struct {
		requirements []Requirement
		want         bool
	}{
		"nothing is asked for":             {nil, true},
		"fetched":                          {[]Requirement{{Status: Fetched, Trust: Issued}}, true},
		"an issued one from the wallet":    {[]Requirement{{Status: Reused, Trust: Issued}, {Status: NotNeeded}}, true},
		"an uploaded one from the wallet":  {[]Requirement{{Status: Reused, Trust: Uploaded}}, false},
		"one uploaded beside fetched ones": {[]Requirement{{Status: Fetched, Trust: Issued}, {Status: Provided, Trust: Uploaded}}, false},
		"one that is only promised":        {[]Requirement{{Status: Fetched, Trust: Issued}, {Status: Deferred}}, false},
		"one that is missing":              {[]Requirement{{Status: Missing}}, false},
	} {
		if got := FromAuthoritiesAlone(c.requirements); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestTheBestDocumentIsOffered(t *testing.T) {
	document := func(id string, trust Trust, expires string, made int) *Document {
		return &Document{ID: models.ID(id), MaterialCode: "id-card", Trust: trust, ExpiresOn: dayOrNone(expires), CreatedAt: time.Unix(int64(made), 0)}
	}
	for name, c := range map[string]struct {
		wallet []*Document
		want   models.ID
	}{
		"an empty wallet":                       {nil, ""},
		"issued before uploaded, though older":  {[]*Document{document("u", Uploaded, "", 9), document("i", Issued, "", 1)}, "i"},
		"verified before uploaded":              {[]*Document{document("u", Uploaded, "", 9), document("v", Verified, "", 1)}, "v"},
		"issued before verified":                {[]*Document{document("v", Verified, "", 9), document("i", Issued, "", 1)}, "i"},
		"the newer of two alike":                {[]*Document{document("old", Uploaded, "", 1), document("new", Uploaded, "", 2)}, "new"},
		"an expired one gives way":              {[]*Document{document("i", Issued, "2026-03-01", 9), document("u", Uploaded, "", 1)}, "u"},
		"the last day counts":                   {[]*Document{document("i", Issued, "2026-03-02", 9)}, "i"},
		"only expired ones":                     {[]*Document{document("i", Issued, "2026-03-01", 9)}, ""},
		"a form is not offered to another case": {[]*Document{document("f", SelfDeclared, "", 9)}, ""},
		"one that lasts to the decision":        {[]*Document{document("i", Issued, "2026-03-15", 9), document("v", Verified, "", 1)}, "v"},
	} {
		t.Run(name, func(t *testing.T) {
			var got models.ID
			if best := Best(c.wallet, day("2026-03-02"), day("2026-03-16"))["id-card"]; best != nil {
				got = best.ID
			}
			if got != c.want {
				t.Errorf("offered %q, want %q", got, c.want)
			}
		})
	}
}

func TestWhyAChosenDocumentDoesNotFit(t *testing.T) {
	mine := &Document{MaterialCode: "id-card", Trust: Uploaded, ExpiresOn: dayOrNone("2026-03-01")}
	if problem := CheckReuse(mine, "household-register", day("2026-02-01")); problem == nil || problem.Code != "MISMATCH" {
		t.Errorf("another material: %+v", problem)
	}
	if problem := CheckReuse(mine, "id-card", day("2026-03-02")); problem == nil || problem.Code != "EXPIRED" {
		t.Errorf("expired: %+v", problem)
	}
	signed := &Document{MaterialCode: "power-of-attorney", Trust: SelfDeclared}
	if problem := CheckReuse(signed, "power-of-attorney", day("2026-03-01")); problem == nil || problem.Code != "NOT_REUSABLE" {
		t.Errorf("what was signed for one application: %+v", problem)
	}
	if problem := CheckReuse(mine, "id-card", day("2026-03-01")); problem != nil {
		t.Errorf("the last day: %+v", problem)
	}
}

func TestTheDatesOnAPaper(t *testing.T) {
	for name, c := range map[string]struct {
		issued, expires string
		months          int
		wantExpiry      string
		wantProblem     string // code and field
	}{
		"no dates":                            {"", "", 6, "", ""},
		"both, still valid":                   {"2026-01-05", "2026-12-31", 6, "2026-12-31", ""},
		"issued today":                        {"2026-03-02", "", 0, "", ""},
		"issued tomorrow":                     {"2026-03-03", "", 0, "", "FORMAT issuedOn"},
		"issued in another age":               {"1899-12-31", "", 0, "", "FORMAT issuedOn"},
		"valid through today":                 {"", "2026-03-02", 0, "2026-03-02", ""},
		"expired yesterday":                   {"", "2026-03-01", 0, "2026-03-01", "EXPIRED expiresOn"},
		"expires before it was issued":        {"2026-02-01", "2026-01-01", 0, "2026-01-01", "FORMAT expiresOn"},
		"the dictionary's six months":         {"2025-09-02", "", 6, "2026-03-02", ""},
		"six months were over yesterday":      {"2025-09-01", "", 6, "2026-03-01", "EXPIRED issuedOn"},
		"one month from the end of January":   {"2026-01-31", "", 1, "2026-02-28", "EXPIRED issuedOn"},
		"the paper's own date goes first":     {"2020-01-01", "2030-01-01", 6, "2030-01-01", ""},
		"an identity card of twenty years":    {"2010-05-20", "", 240, "2030-05-20", ""},
		"a month from a day that it has, too": {"2026-02-28", "", 1, "2026-03-28", ""},
	} {
		t.Run(name, func(t *testing.T) {
			issued, named := dayOrNone(c.issued), dayOrNone(c.expires)
			expiry := ExpiryOf(issued, named, c.months)
			if diff := cmp.Diff(dayOrNone(c.wantExpiry), expiry); diff != "" {
				t.Error(diff)
			}
			got := ""
			for _, problem := range checkDates(issued, expiry, named != nil, day("2026-03-02")) {
				got += problem.Code + " " + *problem.Field
			}
			if got != c.wantProblem {
				t.Errorf("problem %q, want %q", got, c.wantProblem)
			}
		})
	}
}

// A document that ends before the decision is due is flagged; when the due date moves, so does the flag.
func TestAPaperThatWillNotLastIsFlagged(t *testing.T) {
	for name, c := range map[string]struct {
		expires, today, due string
		want                string
	}{
		"it does not end":                       {"", "2026-03-02", "2026-03-16", ""},
		"it lasts to the very day":              {"2026-03-16", "2026-03-02", "2026-03-16", ""},
		"one day short":                         {"2026-03-15", "2026-03-02", "2026-03-16", "This document is valid until 2026-03-15, before the decision is due on 2026-03-16; please prepare a new one"},
		"an extension moved the due date":       {"2026-03-16", "2026-03-02", "2026-03-30", "This document is valid until 2026-03-16, before the decision is due on 2026-03-30; please prepare a new one"},
		"it has ended meanwhile":                {"2026-03-15", "2026-03-16", "2026-03-30", "This document expired on 2026-03-15, please provide a valid one"},
		"ended, and the decision is overdue":    {"2026-03-17", "2026-03-18", "2026-03-16", "This document expired on 2026-03-17, please provide a valid one"},
		"valid, though the decision is overdue": {"2026-03-18", "2026-03-18", "2026-03-16", ""},
	} {
		t.Run(name, func(t *testing.T) {
			if got := ExpiryWarning(dayOrNone(c.expires), day(c.today), day(c.due)).In(models.English); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
	want := models.T("该材料有效期至2026年3月16日，早于预计办结日2026年3月17日，请准备新的材料",
		"This document is valid until 2026-03-16, before the decision is due on 2026-03-17; please prepare a new one")
	if diff := cmp.Diff(want, ExpiryWarning(dayOrNone("2026-03-16"), day("2026-03-02"), day("2026-03-17"))); diff != "" {
		t.Error(diff)
	}
}

// How a document of the wallet serves an application begun on 2 March whose decision is due on 16 March.
func TestWhatIsUsedWithoutAsking(t *testing.T) {
	certificate, proof, form := &catalogue.Material{Kind: catalogue.Certificate}, &catalogue.Material{Kind: catalogue.Proof}, &catalogue.Material{Kind: catalogue.Form}
	for name, c := range map[string]struct {
		document Document
		want     Fit
	}{
		"issued, without an end":                        {Document{Material: certificate, Trust: Issued, Source: FromDepartment}, Direct},
		"a result of an earlier application":            {Document{Material: proof, Trust: Issued, Source: FromApplication}, Direct},
		"checked against the original":                  {Document{Material: proof, Trust: Verified, Source: FromUpload}, Direct},
		"uploaded and not checked":                      {Document{Material: certificate, Trust: Uploaded, Source: FromUpload}, Offered},
		"lasts to the decision":                         {Document{Material: certificate, Trust: Issued, ExpiresOn: dayOrNone("2026-03-16")}, Direct},
		"ends before the decision":                      {Document{Material: certificate, Trust: Issued, ExpiresOn: dayOrNone("2026-03-15")}, Offered},
		"ended":                                         {Document{Material: certificate, Trust: Issued, ExpiresOn: dayOrNone("2026-03-01")}, Unfit},
		"a record of a state of affairs without an end": {Document{Material: proof, Trust: Issued, Source: FromDepartment}, Offered},
		"such a record with an end":                     {Document{Material: proof, Trust: Issued, Source: FromDepartment, ExpiresOn: dayOrNone("2026-03-16")}, Direct},
		"what was signed for one application":           {Document{Material: form, Trust: SelfDeclared, Source: FromUpload}, Unfit},
		"a signed form, though checked":                 {Document{Material: form, Trust: Verified, Source: FromUpload}, Unfit},
		"a virus was found in it":                       {Document{Material: certificate, Trust: Issued, scan: Infected}, Unfit},
		"not scanned for viruses yet":                   {Document{Material: certificate, Trust: Issued, scan: ScanDue}, Offered},
	} {
		if got := c.document.FitOn(day("2026-03-02"), day("2026-03-16")); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}

func TestAcceptedByItselfOnlyWhatLasts(t *testing.T) {
	requirements := []Requirement{
		{Key: "a", Status: Fetched, ExpiresOn: dayOrNone("2026-03-20")}, {Key: "b", Status: NotNeeded, ExpiresOn: dayOrNone("2026-03-03")}, {Key: "c", Status: Reused},
	}
	for due, want := range map[string]bool{"2026-03-20": true, "2026-03-21": false} {
		if got := LastThrough(requirements, day(due)); got != want {
			t.Errorf("due on %s: %v", due, got)
		}
	}
}

func TestAFileMustFitWhatTheDictionaryAsks(t *testing.T) {
	photo := &catalogue.Material{Code: "photo-id", Formats: []string{"jpg"}, MaxBytes: 2 << 20}
	for name, c := range map[string]struct {
		file *File
		want string
	}{
		"a photograph":           {&File{ContentType: "image/jpeg", Size: 2 << 20}, ""},
		"a pdf":                  {&File{ContentType: "application/pdf", Size: 10}, "FORMAT: This file cannot be taken, please upload a file of the type JPG"},
		"a byte more than 2 MiB": {&File{ContentType: "image/jpeg", Size: 2<<20 + 1}, "TOO_LARGE: This file is too large, please upload one of at most 2 MB"},
	} {
		got := ""
		if problem := CheckFile(photo, c.file); problem != nil {
			got = problem.Code + ": " + problem.Message.In(models.English)
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestNumbersAreCleaned(t *testing.T) {
	if number, problem := cleanNumber("  浙AB-123 \t"); problem != nil || number != "浙AB-123" {
		t.Errorf("got %q, %v", number, problem)
	}
	for _, bad := range []string{"a\x00b", "a\u202Eb", "a\nb", "\xff", string(make([]rune, 65))} {
		if _, problem := cleanNumber(bad); problem == nil || problem.Code != "FORMAT" {
			t.Errorf("%q was taken", bad)
		}
	}
}
