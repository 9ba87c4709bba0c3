package app

import (
	"archive/zip"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"sync"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"

	"onewindow/graph/caller"
	"onewindow/models"
	"onewindow/models/export"
	"onewindow/models/material"
	"onewindow/models/store"
	"onewindow/notify"
	"onewindow/server/httpapi"
)

//go:embed export.graphql
var exportDocument string

// exportPage is how much of a list is read at a time, exportAtOnce how many copies are put together at the same time, each waiting for
// its turn for exportTurn at most; exportReaders is how many people take theirs at the same time, one copy each.
const (
	exportPage    = 100
	exportAtOnce  = 2
	exportTurn    = 20 * time.Second
	exportReaders = 64
)

var errCopiesBusy = models.Unavailable(models.T("副本正在生成或下载，请稍后再打开同一链接", "Copies are being made or downloaded at the moment, please open the same link again later"))

// copier puts the copy of a person's data together: the window's own answers to that person, so that nothing of what it shows is
// missing and nothing else gets in, the particulars written out, and the files of the wallet.
type copier struct {
	app      *App
	executor *executor.Executor
	places   chan struct{}

	mutex sync.Mutex
	// readers are those who take their copies right now: who reads slowly holds nobody up, and nothing twice.
	readers map[models.ID]bool
}

func newCopier(a *App, schema graphql.ExecutableSchema) *copier {
	return &copier{app: a, executor: executor.New(schema), places: make(chan struct{}, exportAtOnce), readers: map[models.ID]bool{}}
}

func (a *App) openExports() *export.Service {
	return export.New(export.Config{
		Store: a.store, URL: func(token string) string { return a.publicURL() + "/files/" + token },
		Tell: func(ctx context.Context, tx *store.Tx, resident models.ID) error {
			return a.notify.Tell(ctx, tx, resident, notify.DataExported, notify.Params{})
		},
	})
}

// begin lets somebody take a copy: one at a time each.
func (c *copier) begin(resident models.ID) error {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.readers[resident] || len(c.readers) >= exportReaders {
		return errCopiesBusy
	}
	c.readers[resident] = true
	return nil
}

func (c *copier) end(resident models.ID) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	delete(c.readers, resident)
}

// made puts a copy together, when its turn comes.
func (c *copier) made(ctx context.Context, order *export.Order) (*parts, error) {
	turn := time.NewTimer(exportTurn)
	defer turn.Stop()
	select {
	case c.places <- struct{}{}:
		defer func() { <-c.places }()
	case <-turn.C:
		return nil, errCopiesBusy
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	made, err := c.parts(ctx, models.Actor{Kind: models.Resident, ID: order.ResidentID, Locale: order.Locale})
	if err != nil {
		return nil, fmt.Errorf("copy of a person's data: %w", err)
	}
	return made, nil
}

// open gives the copy that a token leads to. What can fail is read before the first byte leaves, but for the files themselves.
func (c *copier) open(ctx context.Context, token, from string) (*httpapi.File, error) {
	var made *parts
	reading := models.ID("")
	order, err := c.app.exports.Open(ctx, token, from, func(order *export.Order) error {
		if err := c.begin(order.ResidentID); err != nil {
			return err
		}
		reading = order.ResidentID
		return nil
	})
	if err == nil {
		made, err = c.made(ctx, order)
	}
	if err != nil {
		c.end(reading)
		return nil, err
	}
	reader, writer := io.Pipe()
	go func() {
		defer c.end(reading)
		_ = writer.CloseWithError(c.write(ctx, writer, made))
	}()
	name := "onewindow-" + models.DateOf(c.app.clock.Now()).String() + ".zip"
	return &httpapi.File{Name: name, ContentType: "application/zip", Content: reader}, nil
}

// part is one JSON file of the copy; documents are the wallet's, whose files follow.
type part struct {
	name    string
	content any
}

type parts struct {
	files     []part
	documents []copiedDocument
}

type copiedDocument struct {
	ID          models.ID
	ContentType *string
}

func (c *copier) parts(ctx context.Context, actor models.Actor) (*parts, error) {
	made := &parts{}
	own, err := c.particulars(ctx, actor.ID)
	if err != nil {
		return nil, err
	}
	profile, err := c.ask(ctx, actor, "Profile", nil)
	if err != nil {
		return nil, err
	}
	made.files = []part{{"particulars.json", own}, {"profile.json", profile}}
	applications, err := c.applications(ctx, actor)
	if err != nil {
		return nil, err
	}
	made.files = append(made.files, part{"applications.json", applications})
	for _, list := range []struct{ name, operation string }{{"bundles.json", "Bundles"}, {"documents.json", "Documents"}, {"messages.json", "Messages"}, {"looks.json", "Looks"}} {
		nodes, err := c.list(ctx, actor, list.operation)
		if err != nil {
			return nil, err
		}
		made.files = append(made.files, part{list.name, nodes})
		if list.operation != "Documents" {
			continue
		}
		for _, node := range nodes {
			var document copiedDocument
			if err := json.Unmarshal(node, &document); err != nil {
				return nil, err
			}
			if document.ContentType != nil {
				made.documents = append(made.documents, document)
			}
		}
	}
	return made, nil
}

// particulars are what the window shows masked: to their owner, in the copy, they are written out.
func (c *copier) particulars(ctx context.Context, id models.ID) (any, error) {
	person, err := c.app.residents.ByID(ctx, id)
	if err != nil {
		return nil, err
	}
	phones, err := c.app.residents.Phones(ctx, person)
	if err != nil {
		return nil, err
	}
	numbers := []string{}
	for _, phone := range phones {
		numbers = append(numbers, phone.Number.Reveal())
	}
	return map[string]any{
		"id": person.ID, "name": person.Name.Reveal(), "nationalId": person.NationalID.Reveal(), "address": person.Address.Reveal(),
		"phones": numbers, "birthDate": person.BirthDate, "gender": person.Gender, "region": person.Region, "residence": person.Residence,
		"groups": append([]string{}, person.Groups...), "householdSize": person.HouseholdSize, "boundAt": person.BoundAt, "createdAt": person.CreatedAt,
	}, nil
}

// applications reads each application with its whole timeline.
func (c *copier) applications(ctx context.Context, actor models.Actor) ([]map[string]any, error) {
	listed, err := c.list(ctx, actor, "Applications")
	if err != nil {
		return nil, err
	}
	all := make([]map[string]any, 0, len(listed))
	for _, node := range listed {
		var one struct{ ID models.ID }
		if err := json.Unmarshal(node, &one); err != nil {
			return nil, err
		}
		application, err := c.application(ctx, actor, one.ID)
		if err != nil {
			return nil, err
		}
		all = append(all, application)
	}
	return all, nil
}

func (c *copier) application(ctx context.Context, actor models.Actor, id models.ID) (application map[string]any, err error) {
	events, variables := []json.RawMessage{}, map[string]any{"id": string(id), "first": exportPage}
	for {
		answer, err := c.ask(ctx, actor, "Application", variables)
		if err != nil {
			return nil, err
		}
		var read struct{ Page map[string]any }
		var timeline struct{ Page struct{ Timeline page } }
		if err := errors.Join(json.Unmarshal(answer, &read), json.Unmarshal(answer, &timeline)); err != nil {
			return nil, err
		}
		if application == nil {
			application = read.Page
		}
		events = append(events, timeline.Page.Timeline.nodes()...)
		if !timeline.Page.Timeline.turn(variables) {
			application["timeline"] = events
			return application, nil
		}
	}
}

// page is a page of a connection.
type page struct {
	Edges    []struct{ Node json.RawMessage }
	PageInfo struct {
		HasNextPage bool
		EndCursor   *string
	}
}

func (p page) nodes() []json.RawMessage {
	nodes := make([]json.RawMessage, 0, len(p.Edges))
	for _, edge := range p.Edges {
		nodes = append(nodes, edge.Node)
	}
	return nodes
}

// turn lets the variables ask for the next page; false: there is none.
func (p page) turn(variables map[string]any) bool {
	if !p.PageInfo.HasNextPage || p.PageInfo.EndCursor == nil {
		return false
	}
	variables["after"] = *p.PageInfo.EndCursor
	return true
}

// list reads all pages of one of the viewer's lists.
func (c *copier) list(ctx context.Context, actor models.Actor, operation string) ([]json.RawMessage, error) {
	nodes, variables := []json.RawMessage{}, map[string]any{"first": exportPage}
	for {
		answer, err := c.ask(ctx, actor, operation, variables)
		if err != nil {
			return nil, err
		}
		var read struct{ Viewer struct{ Page page } }
		if err := json.Unmarshal(answer, &read); err != nil {
			return nil, err
		}
		nodes = append(nodes, read.Viewer.Page.nodes()...)
		if !read.Viewer.Page.turn(variables) {
			return nodes, nil
		}
	}
}

// ask puts one of the document's questions as the person would.
func (c *copier) ask(ctx context.Context, actor models.Actor, operation string, variables map[string]any) (json.RawMessage, error) {
	ctx = graphql.StartOperationTrace(caller.WithActor(caller.WithLocale(ctx, actor.Locale), actor))
	now := graphql.Now()
	asked, failed := c.executor.CreateOperationContext(ctx, &graphql.RawParams{
		Query: exportDocument, OperationName: operation, Variables: variables, ReadTime: graphql.TraceTiming{Start: now, End: now},
	})
	if len(failed) > 0 {
		return nil, fmt.Errorf("%s: %w", operation, failed)
	}
	respond, ctx := c.executor.DispatchOperation(ctx, asked)
	answer := respond(ctx)
	if len(answer.Errors) > 0 {
		return nil, fmt.Errorf("%s: %w", operation, answer.Errors)
	}
	return answer.Data, nil
}

const exportReadme = `一窗 OneWindow

particulars.json   您的身份信息，未遮盖 / your particulars, written out
profile.json       账号、设置、同意、委托 / account, settings, consents, delegations
applications.json  全部办件及其经过 / all applications with what happened to them
bundles.json       套餐式一件事 / life events handled as one matter
documents.json     卡包中的证照和材料，文件在 files 中 / documents of your wallet; their files are in files
messages.json      收到的消息 / messages
looks.json         谁因何查看过您的资料 / who looked at your data and why
`

func (c *copier) write(ctx context.Context, to io.Writer, made *parts) error {
	archive := zip.NewWriter(to)
	create := func(name string) (io.Writer, error) {
		return archive.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: c.app.clock.Now().In(models.Zone).Truncate(time.Second)})
	}
	file, err := create("README.txt")
	if err == nil {
		_, err = io.WriteString(file, exportReadme)
	}
	for _, one := range made.files {
		if err != nil {
			return err
		}
		if file, err = create(one.name); err == nil {
			encoder := json.NewEncoder(file)
			encoder.SetEscapeHTML(false)
			encoder.SetIndent("", "  ")
			err = encoder.Encode(one.content)
		}
	}
	for _, document := range made.documents {
		if err != nil {
			return err
		}
		_, content, failed := c.app.materials.Content(ctx, document.ID)
		var fault *models.Fault
		if errors.Is(failed, material.ErrScanDue) || errors.As(failed, &fault) && fault.Code == models.NotFoundCode { // held back by the scanner, or gone since
			continue
		}
		if err = failed; err != nil {
			return err
		}
		if file, err = create("files/" + string(document.ID) + extension(*document.ContentType)); err == nil {
			_, err = file.Write(content)
		}
	}
	if err != nil {
		return err
	}
	return archive.Close()
}

func extension(contentType string) string {
	switch known, _, _ := mime.ParseMediaType(contentType); known {
	case "application/pdf":
		return ".pdf"
	case "image/jpeg":
		return ".jpg"
	case "image/png":
		return ".png"
	}
	return ""
}
