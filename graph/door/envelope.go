package door

import (
	"bytes"
	"encoding/json"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql"

	"onewindow/models"
)

// envelopeKeys are what a request may consist of.
var envelopeKeys = []string{"query", "operationName", "variables", "extensions", "documentId"}

var (
	notJSON      = models.BadInput(models.T("请求应为一个 JSON 对象（UTF-8）", "The request must be one JSON object in UTF-8"))
	notEnvelope  = models.BadInput(models.T("请求的组成部分不正确", "The parts of the request are not as they should be"))
	twice        = models.BadInput(models.T("请求中有重复的键", "A key of the request is there twice"))
	tooNested    = models.BadInput(models.T("请求嵌套过深或内容过多", "The request is nested too deeply or has too many keys"))
	noDocument   = models.BadInput(models.T("请求中没有 query", "The request has no query"))
	wrongHash    = models.BadInput(models.T("query 与它的 SHA-256 不符", "The query does not fit its SHA-256"))
	unknownQuery = &models.Fault{Code: models.PersistedQuery, Text: models.T("没有登记过这个查询", "This query is not registered")}
)

// readEnvelope takes a request apart by the strictest reading of JSON: what another reader could understand differently,
// such as a key given twice, is refused. The faults never repeat the request.
func (d *Door) readEnvelope(body []byte) (*graphql.RawParams, *models.Fault) {
	value, fault := d.readJSON(body)
	if fault != nil {
		return nil, fault
	}
	object, isObject := value.(map[string]any)
	if !isObject {
		return nil, notJSON
	}
	return d.envelopeOf(object)
}

// envelopeOf makes the parameters of an operation from a request's object.
func (d *Door) envelopeOf(object map[string]any) (*graphql.RawParams, *models.Fault) {
	for key := range object {
		if !slices.Contains(envelopeKeys, key) {
			return nil, notEnvelope
		}
	}
	params := &graphql.RawParams{}
	fits := take(object, "query", &params.Query) && take(object, "operationName", &params.OperationName) &&
		take(object, "variables", &params.Variables) && take(object, "extensions", &params.Extensions)
	documentID := ""
	if !fits || !take(object, "documentId", &documentID) {
		return nil, notEnvelope
	}
	hash, fits := persistedHash(params.Extensions)
	if !fits || documentID != "" && (hash != "" || params.Query != "") {
		return nil, notEnvelope
	}
	if documentID != "" {
		hash = strings.TrimPrefix(documentID, "sha256:")
	}
	if fault := d.findDocument(params, hash); fault != nil {
		return nil, fault
	}
	return params, nil
}

// findDocument puts the document of a name into a request that gives only the name; where both are given they must fit.
func (d *Door) findDocument(params *graphql.RawParams, hash string) *models.Fault {
	switch {
	case hash == "" && params.Query == "":
		return noDocument
	case hash == "":
		return nil
	case params.Query != "":
		if nameOf(params.Query) != strings.ToLower(hash) {
			return wrongHash
		}
		return nil
	}
	text, found := d.known.named(strings.ToLower(hash))
	if !found {
		text, found = d.documents.named(strings.ToLower(hash))
	}
	if !found {
		return unknownQuery
	}
	params.Query = text
	return nil
}

// persistedHash reads extensions.persistedQuery (automatic persisted queries, version 1); "" where there is none.
func persistedHash(extensions map[string]any) (hash string, fits bool) {
	given := extensions["persistedQuery"]
	if given == nil {
		return "", true
	}
	object, isObject := given.(map[string]any)
	hash, isText := object["sha256Hash"].(string)
	version, isNumber := object["version"].(json.Number)
	return hash, isObject && isText && hash != "" && isNumber && version == "1"
}

// take moves a value of the right type out of an object; absent and null both leave the target as it is.
func take[T any](object map[string]any, key string, into *T) bool {
	value := object[key]
	if value == nil {
		return true
	}
	typed, fits := value.(T)
	if fits {
		*into = typed
	}
	return fits
}

// readJSON reads exactly one JSON value.
func (d *Door) readJSON(body []byte) (any, *models.Fault) {
	if !utf8.Valid(body) || !json.Valid(body) {
		return nil, notJSON
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	reader := strictReader{decoder: decoder, depth: d.limits.EnvelopeDepth, keys: d.limits.EnvelopeKeys}
	value, fault := reader.value(0)
	if fault != nil {
		return nil, fault
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil, notJSON
	}
	return value, nil
}

// strictReader builds a JSON value and counts while it does.
type strictReader struct {
	decoder     *json.Decoder
	depth, keys int
}

func (r *strictReader) value(depth int) (any, *models.Fault) {
	token, err := r.decoder.Token()
	if err != nil {
		return nil, notJSON
	}
	delimiter, opens := token.(json.Delim)
	if !opens {
		return token, nil
	}
	if depth >= r.depth {
		return nil, tooNested
	}
	if delimiter == '{' {
		return r.object(depth + 1)
	}
	return r.list(depth + 1)
}

func (r *strictReader) object(depth int) (any, *models.Fault) {
	object := map[string]any{}
	for r.decoder.More() {
		token, err := r.decoder.Token()
		key, isText := token.(string)
		if err != nil || !isText {
			return nil, notJSON
		}
		if r.keys--; r.keys < 0 {
			return nil, tooNested
		}
		if _, known := object[key]; known {
			return nil, twice
		}
		value, fault := r.value(depth)
		if fault != nil {
			return nil, fault
		}
		object[key] = value
	}
	return object, r.end()
}

func (r *strictReader) list(depth int) (any, *models.Fault) {
	list := []any{}
	for r.decoder.More() {
		value, fault := r.value(depth)
		if fault != nil {
			return nil, fault
		}
		list = append(list, value)
	}
	return list, r.end()
}

func (r *strictReader) end() *models.Fault {
	if _, err := r.decoder.Token(); err != nil {
		return notJSON
	}
	return nil
}

// envelopeFromURL takes the parts of a GET request out of its query string.
func (d *Door) envelopeFromURL(values map[string][]string) (*graphql.RawParams, *models.Fault) {
	object := map[string]any{}
	for key, given := range values {
		if len(given) != 1 {
			return nil, twice
		}
		text := given[0]
		if !utf8.ValidString(text) {
			return nil, notJSON
		}
		if key != "variables" && key != "extensions" {
			object[key] = text
			continue
		}
		if strings.TrimSpace(text) == "" {
			continue
		}
		value, fault := d.readJSON([]byte(text))
		if fault != nil {
			return nil, fault
		}
		object[key] = value
	}
	return d.envelopeOf(object)
}
