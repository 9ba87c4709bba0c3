package app_test

import (
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"slices"
	"sync/atomic"
	"testing"
	"time"
)

// eicar is the test file that every scanner takes for a virus, put together here so that none takes this source for one.
var eicar = []byte("X5O!P%@AP[4\\PZX54(P^)7CC)7}" + "$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*")

// scanner plays clamd for the story; while it is away it hangs up at once.
type scanner struct{ away atomic.Bool }

func (s *scanner) listen(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			go s.serve(connection)
		}
	}()
	return listener.Addr().String()
}

func (s *scanner) serve(connection net.Conn) {
	defer func() { _ = connection.Close() }()
	if _, err := io.ReadFull(connection, make([]byte, len("zINSTREAM\x00"))); err != nil || s.away.Load() {
		return
	}
	var stream []byte
	for {
		var size uint32
		if binary.Read(connection, binary.BigEndian, &size) != nil {
			return
		}
		if size == 0 {
			break
		}
		part := make([]byte, size)
		if _, err := io.ReadFull(connection, part); err != nil {
			return
		}
		stream = append(stream, part...)
	}
	answer := "stream: OK\x00"
	if bytes.Contains(stream, eicar) {
		answer = "stream: Eicar-Signature FOUND\x00"
	}
	_, _ = io.WriteString(connection, answer)
}

// An infected paper is refused in words for the person. While the scanner is away papers are taken and held back; afterwards a
// clean one is released, and of an infected one the owner is told.
func TestPapersAreScanned(t *testing.T) {
	grounds(t, func(t *testing.T, on ground) {
		scanner := &scanner{}
		c := openWith(t, on, map[string]string{"ONEWINDOW_CLAMD": scanner.listen(t)})
		resident := c.resident(t, "r34")
		draft := change(t, resident, "StartApplication", vars{"itemCode": "id-card-replacement"}).Application
		saved := change(t, resident, "SaveAnswers", vars{"applicationId": draft.ID, "answers": []vars{{"key": "reason", "value": "expired"}}}).Application
		card := *saved.required("id-card")
		infected := slices.Concat(samplePDF("bad")[:9], []byte("%"), eicar, []byte("\n"), samplePDF("bad")[9:])
		fields := func() vars { return vars{"applicationId": draft.ID, "requirementId": card.ID} }
		c.unchanged(t, func() {
			problematic(t, resident, func(v *visitor) answer { return v.attach(t, fields(), "card.pdf", infected) }, mend{"INFECTED",
				"文件中发现病毒，未予接收。请用杀毒软件检查设备后重新制作并上传",
				"A virus was found in this file, so it was not taken. Please check your device with antivirus software, make the file anew and upload it", "file"})
		})
		scanner.away.Store(true)
		got := read[payload](t, "AttachMaterial", resident.attach(t, fields(), "card.pdf", infected))
		if len(got.Problems) > 0 {
			t.Fatalf("while the scanner is away: %+v", got.Problems)
		}
		upload(t, resident, draft.ID, *saved.required("photo-id"), nil)
		c.scans(t, map[string]int{"PENDING": 2})
		scanner.away.Store(false)
		c.advance(t, "1h")
		c.scans(t, map[string]int{"CLEAN": 1, "INFECTED": 1})
		for until := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
			told := 0
			if err := c.store.Reader(t.Context()).Raw("SELECT count(*) FROM notify_messages WHERE kind = 'FILE_INFECTED'").Scan(&told).Error; err != nil {
				t.Fatal(err)
			}
			if told == 1 {
				break
			}
			if time.Now().After(until) {
				t.Fatalf("%d were told of the infected paper", told)
			}
		}
	})
}

// scans waits until the files stand as wanted.
func (c *city) scans(t *testing.T, want map[string]int) {
	t.Helper()
	for until := time.Now().Add(patience); ; time.Sleep(100 * time.Millisecond) {
		var rows []struct {
			Scan  string
			Files int
		}
		if err := c.store.Reader(t.Context()).Raw("SELECT scan, count(*) AS files FROM material_files GROUP BY scan").Scan(&rows).Error; err != nil {
			t.Fatal(err)
		}
		right := len(rows) == len(want)
		for _, row := range rows {
			right = right && want[row.Scan] == row.Files
		}
		if right {
			return
		}
		if time.Now().After(until) {
			t.Fatalf("the files are %v, want %v", rows, want)
		}
	}
}
