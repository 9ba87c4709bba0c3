package notify

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/riverqueue/river"

	"onewindow/models"
	"onewindow/models/sealed"
	"onewindow/models/store"
)

// notePurpose binds a clerk's sealed words to their place.
const notePurpose = "notify.message.note"

// Sealed says where this place keeps sealed values.
func Sealed() []sealed.Table {
	return []sealed.Table{
		{Name: "notify_messages", Key: []string{"id"}, Columns: []sealed.Column{{Name: "note", Purpose: notePurpose}}},
		{Name: "notify_emails", Key: []string{"resident_id"}, Columns: []sealed.Column{
			{Name: "email", Purpose: purposeEmail}, {Name: "pending", Purpose: purposeEmail}, {Name: "code", Purpose: purposeCode},
		}},
	}
}

// topic is where watchers of a person's inbox listen.
func topic(residentID models.ID) string { return "inbox:" + string(residentID) }

// write makes messages of notices, enters them and has them delivered.
func (s *Service) write(tx *store.Tx, notices []notice) error {
	rows, inboxOnly, err := s.rows(tx, notices)
	if err != nil {
		return err
	}
	leaving, err := s.enter(tx, rows, inboxOnly)
	if err != nil {
		return err
	}
	return enqueueDeliver(tx, leaving)
}

// rows makes messages of notices, and tells which stay in the inbox.
func (s *Service) rows(tx *store.Tx, notices []notice) (rows []messageRow, inboxOnly map[models.ID]bool, err error) {
	rows = make([]messageRow, len(notices))
	inboxOnly = map[models.ID]bool{}
	for i, notice := range notices {
		row, said, err := s.row(tx, notice)
		if err != nil {
			return nil, nil, err
		}
		rows[i], inboxOnly[row.ID] = row, said.inboxOnly || notice.inboxOnly
	}
	return rows, inboxOnly, nil
}

// enter puts messages into inboxes, each once, wakes the watchers, and gives those that are new and leave the house.
func (s *Service) enter(tx *store.Tx, rows []messageRow, inboxOnly map[models.ID]bool) (leaving []messageRow, err error) {
	written, err := insertMessages(tx, rows)
	if err != nil || len(written) == 0 {
		return nil, err
	}
	topics := make([]string, len(rows))
	for i, row := range rows {
		topics[i] = topic(row.ResidentID)
	}
	slices.Sort(topics)
	topics = slices.Compact(topics)
	tx.AfterCommit(func() { s.hub.PublishAll(topics) })
	return slices.DeleteFunc(slices.Clone(rows), func(row messageRow) bool { return !written[row.ID] || inboxOnly[row.ID] }), nil
}

// enqueueDeliver has messages delivered.
func enqueueDeliver(tx *store.Tx, rows []messageRow) error {
	var jobs []river.InsertManyParams
	for some := range slices.Chunk(rows, batch) {
		jobs = append(jobs, river.InsertManyParams{Args: DeliverArgs{MessageIDs: idsOf(some)}})
	}
	return tx.EnqueueMany(jobs)
}

func (s *Service) row(tx *store.Tx, notice notice) (messageRow, template, error) {
	said, known := templateOf(notice.kind, 0)
	if !known || notice.residentID == "" {
		return messageRow{}, said, fmt.Errorf("notify: nobody can be told %q", notice.kind)
	}
	params, err := writeParams(notice.params)
	if err != nil {
		return messageRow{}, said, err
	}
	if unfit := said.unfit(notice.params, said.texts()...); len(unfit) > 0 { // the change goes on; in the inbox stands where to look
		s.logger.Error("message lacks what it needs to be said, and stays in the inbox", "kind", notice.kind, "parameters", unfit)
		s.metrics.unfit(notice.kind)
		said.inboxOnly = true
	}
	if notice.id == "" {
		notice.id = models.NewID()
	}
	row := messageRow{
		ID: notice.id, ResidentID: notice.residentID, At: tx.Now, Kind: notice.kind, TemplateVersion: said.version,
		Params: params, Urgent: said.urgent, ApplicationID: filled(notice.applicationID),
		ApplicationNumber: filled(notice.applicationNumber), PlanKey: filled(notice.planKey),
	}
	if len(notice.params.Note) > 0 {
		if row.Note, err = s.keyring.SealJSON(notePurpose, notice.params.Note); err != nil {
			return messageRow{}, said, err
		}
	}
	return row, said, nil
}

func filled[T ~string](text T) *T {
	if text == "" {
		return nil
	}
	return &text
}

func writeParams(params Params) (string, error) {
	raw, err := json.Marshal(params)
	if err != nil {
		return "", fmt.Errorf("write parameters: %w", err)
	}
	return string(raw), nil
}

// params reads a message's parameters, with the sealed words.
func (s *Service) params(row messageRow) (params Params, err error) {
	if params, err = readParams(row.Params); err != nil {
		return params, err
	}
	err = s.keyring.OpenJSON(notePurpose, row.Note, &params.Note)
	return params, err
}

func readParams(raw string) (params Params, err error) {
	if err := json.Unmarshal([]byte(raw), &params); err != nil {
		return params, fmt.Errorf("read parameters: %w", err)
	}
	return params, nil
}

// messages renders rows for reading.
func (s *Service) messages(rows []messageRow, variant Variant) []*Message {
	messages := make([]*Message, len(rows))
	for i, row := range rows {
		params, err := s.params(row)
		title, body, unfit := inboxTexts(row.Kind, row.TemplateVersion, variant, params)
		if err == nil && unfit != nil && row.Copied { // a copy goes without the words that were for its reader alone
			params.Note = models.T("（具体内容请看本人的消息）", "(the details are in their own inbox)")
			title, body, unfit = inboxTexts(row.Kind, row.TemplateVersion, variant, params)
		}
		if err == nil {
			err = unfit
		}
		if err != nil {
			s.logger.Error("message cannot be rendered", "message", row.ID, "kind", row.Kind, "error", err)
		}
		if row.Copied {
			body = forHelper(body)
		}
		messages[i] = &Message{
			ID: row.ID, At: row.At, Kind: row.Kind, Title: title, Body: body, ReadAt: row.ReadAt, Urgent: row.Urgent,
			ApplicationID: row.ApplicationID,
		}
	}
	return messages
}
