package httpapi

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"onewindow/graph/caller"
	"onewindow/models"
)

// uploadTime is how long sending a file may take.
const uploadTime = 2 * time.Minute

// formRoom is what a multipart form may add to its file, in bytes.
const formRoom = 64 << 10

var (
	tooLarge   = models.BadInput(models.T("文件过大，最大 10 MB", "The file is too large, 10 MB at most"))
	tooSlow    = models.BadInput(models.T("请求没有及时发完", "The request did not arrive in time"))
	wrongForm  = models.BadInput(models.T("请以 multipart/form-data 的 file 字段上传一个文件", "Send one file as the field file of multipart/form-data"))
	wrongToken = &models.Fault{Code: models.Unauthenticated, Text: models.T("登录已失效，请重新登录", "Your sign-in is no longer valid, please sign in again")}
)

// upload takes one file as multipart/form-data (field "file") and answers 201 with the id that a mutation takes as fileId.
// It exists beside the multipart GraphQL request for clients that cannot choose the order of a form's parts.
func (s *server) upload(w http.ResponseWriter, r *http.Request) {
	actor, ok := s.caller(w, r)
	if !ok {
		return
	}
	if media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || media != "multipart/form-data" || r.Header.Get("Content-Encoding") != "" {
		problem(w, r, http.StatusUnsupportedMediaType, wrongForm)
		return
	}
	if r.ContentLength > s.LargestUpload+formRoom {
		problem(w, r, http.StatusRequestEntityTooLarge, tooLarge)
		return
	}
	// A writer without deadlines, as in tests, simply has none.
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(uploadTime))
	r.Body = http.MaxBytesReader(w, r.Body, s.LargestUpload+formRoom)
	received, err := s.readForm(r)
	if err != nil {
		refuseUpload(w, r, err)
		return
	}
	id, problems, err := s.SaveUpload(r.Context(), actor, received)
	switch {
	case err != nil:
		s.fail(w, r, err)
	case len(problems) > 0:
		s.unfit(w, r, problems)
	default:
		writeJSON(w, http.StatusCreated, "application/json", map[string]models.ID{"id": id})
	}
}

// caller says who uploads: somebody with a token that holds and a budget that is left.
func (s *server) caller(w http.ResponseWriter, r *http.Request) (models.Actor, bool) {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	stranger := models.Actor{Kind: models.Anonymous, Address: addressOf(r)}
	actor := stranger
	var err error
	switch {
	case token == "":
		err = models.NotSignedIn()
	case !strings.EqualFold(scheme, "Bearer"):
		err = wrongToken
	default:
		if actor, err = s.Authenticate(r.Context(), strings.TrimSpace(token)); err != nil {
			actor = stranger
		}
	}
	actor.Address, actor.Locale = addressOf(r), caller.LocaleFrom(r.Context())
	if wait := s.Admit(r.Context(), actor); wait > 0 {
		s.fail(w, r, models.RateLimited(int((wait+time.Second-1)/time.Second)))
		return actor, false
	}
	if err != nil {
		s.fail(w, r, err)
		return actor, false
	}
	return actor, true
}

var errTooLarge = errors.New("file too large")

// readForm reads the form's one file.
func (s *server) readForm(r *http.Request) (Upload, error) {
	reader, err := r.MultipartReader()
	if err != nil {
		return Upload{}, err
	}
	var found *Upload
	for {
		part, err := reader.NextPart()
		if errors.Is(err, io.EOF) && found != nil {
			return *found, nil
		}
		if err != nil {
			return Upload{}, err
		}
		if part.FormName() != "file" {
			continue // clients add fields of their own
		}
		if found != nil {
			return Upload{}, errors.New("more than one file")
		}
		content, err := io.ReadAll(io.LimitReader(part, s.LargestUpload+1))
		if err != nil {
			return Upload{}, err
		}
		if int64(len(content)) > s.LargestUpload {
			return Upload{}, errTooLarge
		}
		found = &Upload{Name: filepath.Base(part.FileName()), ContentType: part.Header.Get("Content-Type"), Content: content}
	}
}

func refuseUpload(w http.ResponseWriter, r *http.Request, err error) {
	var tooLong *http.MaxBytesError
	switch {
	case errors.As(err, &tooLong), errors.Is(err, errTooLarge):
		problem(w, r, http.StatusRequestEntityTooLarge, tooLarge)
	case errors.Is(err, os.ErrDeadlineExceeded):
		w.Header().Set("Connection", "close")
		problem(w, r, http.StatusRequestTimeout, tooSlow)
	default:
		problem(w, r, http.StatusBadRequest, wrongForm)
	}
}

// unfit answers a file that the person can mend, in the words of the problem.
func (s *server) unfit(w http.ResponseWriter, r *http.Request, problems []*models.Problem) {
	locale := caller.LocaleFrom(r.Context())
	list := make([]map[string]any, 0, len(problems))
	for _, one := range problems {
		list = append(list, map[string]any{"code": one.Code, "message": one.Message.In(locale), "field": one.Field})
	}
	problem(w, r, http.StatusUnprocessableEntity, &models.Fault{
		Code: models.BadUserInput, Text: problems[0].Message, Extensions: map[string]any{"problems": list},
	})
}

// download sends what a link leads to, whole: always as an attachment, never as a page of ours.
func (s *server) download(w http.ResponseWriter, r *http.Request) {
	file, err := s.OpenFile(r.Context(), r.PathValue("token"), addressOf(r))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	defer file.Content.Close()
	header := w.Header()
	header.Set("Content-Type", file.ContentType)
	header.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": file.Name}))
	header.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	header.Set("Cross-Origin-Resource-Policy", "same-origin")
	header.Set("Accept-Ranges", "none")
	if file.Size > 0 {
		header.Set("Content-Length", strconv.FormatInt(file.Size, 10))
	}
	if _, err := io.Copy(w, file.Content); err != nil {
		s.logger.WarnContext(r.Context(), "file was not sent whole", "cause", err.Error())
	}
}
