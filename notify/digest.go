package notify

import (
	"context"
	"fmt"
	"time"

	"onewindow/models"
	"onewindow/models/store"
)

// mostLines bounds a digest: what does not fit is counted, and lies in the inbox or with the case.
const mostLines = 10

// digestBatch is for how many people one transaction writes digests.
const digestBatch = 100

// nextDigest is when the next digest goes out.
func (s *Service) nextDigest(now time.Time) time.Time {
	today := models.DateOf(now)
	if digest := at(today, s.timetable.Digest); digest.After(now) {
		return digest
	}
	return at(today+1, s.timetable.Digest)
}

// seenPlan is the line that tells a person that staff looked at their data: one for all looks of a day.
func seenPlan(residentID models.ID, now, digest time.Time) Planned {
	day := models.DateOf(now)
	return Planned{
		Key: fmt.Sprintf("%s/%s/%s", residentID, DataSeen, day), Rule: DataSeen, ResidentID: residentID,
		At: digest, About: day.Start(), Params: Params{Day: &day}, Digest: true, Why: "somebody looked at the person's data",
	}
}

// DataSeen plans to tell a person in the next digest that staff or a department looked at their data. It is called in the
// transaction that records the look.
func (s *Service) DataSeen(tx *store.Tx, residentID models.ID) error {
	return s.remember(tx, []Planned{seenPlan(residentID, tx.Now, s.nextDigest(tx.Now))})
}

// heldPlan is the line of a message that was one too many for its day.
func heldPlan(row messageRow, params Params, digest time.Time) Planned {
	params.Note = nil
	return Planned{
		Key: heldKey(row.ID), Rule: HeldBack, ResidentID: row.ResidentID,
		At: digest, About: row.At, Digest: true, Why: "one message too many for its day",
		Params: Params{Number: params.Number, Lines: []Line{{row.Kind, row.TemplateVersion, params}}},
	}
}

// heldKey is the key of the line of a message that was held back.
func heldKey(messageID models.ID) string { return fmt.Sprintf("%s/%s", messageID, HeldBack) }

// sweepDigests writes the digests of some people: every line is read again, and a digest without lines is none.
func (s *Service) sweepDigests(ctx context.Context, tx *store.Tx) (settled int, err error) {
	people, err := takeDigests(tx, digestBatch)
	if err != nil || len(people) == 0 {
		return 0, err
	}
	rows, err := takeLines(tx, people)
	if err != nil {
		return 0, err
	}
	known, err := s.look(ctx, tx, applicationsOf(rows), rows)
	if err != nil {
		return 0, err
	}
	read, err := selectReadKeys(tx, rows)
	if err != nil {
		return 0, err
	}
	newest := newestOf(rows)
	var ends ends
	lines := map[models.ID][]Line{}
	for _, row := range rows {
		line, reason := s.line(tx, row, known, read)
		if rule := row.Rule; reason == "" && rule != HeldBack && rule != DataSeen && newest[matterOf(row)] != row.Key {
			reason = droppedSuperseded
		}
		if reason != "" {
			ends.drop(row, reason)
			continue
		}
		lines[row.ResidentID] = append(lines[row.ResidentID], line)
		ends.sent = append(ends.sent, row.ID)
	}
	if err := s.write(tx, digestsOf(people, lines)); err != nil {
		return 0, err
	}
	if err := s.settle(tx, ends, known.cases); err != nil {
		return 0, err
	}
	return max(len(rows), len(people)), endDigests(tx, people)
}

// line reads one line again: what it says, or why it says nothing any more.
func (s *Service) line(tx *store.Tx, row planRow, known truth, read map[string]bool) (line Line, dropped string) {
	planned, err := row.planned()
	switch {
	case err != nil:
		return line, droppedBroken
	case row.Rule == HeldBack && read[row.Key]:
		return line, droppedRead
	case row.Rule == HeldBack && len(planned.Params.Lines) == 1:
		return planned.Params.Lines[0], ""
	case row.Rule == DataSeen:
		return Line{DataSeenNotice, versionOf(DataSeenNotice), planned.Params}, ""
	}
	_, said := s.read(row, known, tx)
	if said.dropped == "" && said.kind == "" {
		said.dropped = droppedBroken
	}
	return Line{said.kind, versionOf(said.kind), said.params}, said.dropped
}

// digestsOf makes one message for each person who has lines.
func digestsOf(people []models.ID, lines map[models.ID][]Line) (notices []notice) {
	for _, residentID := range people {
		own := lines[residentID]
		if len(own) == 0 {
			continue
		}
		count := len(own)
		notices = append(notices, notice{
			residentID: residentID, kind: Digest, params: Params{Count: &count, Lines: own[:min(count, mostLines)]},
		})
	}
	return notices
}
