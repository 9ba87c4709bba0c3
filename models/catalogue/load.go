package catalogue

import (
	"embed"
	"fmt"
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"onewindow/models"
	"onewindow/models/calendar"
	"onewindow/models/catalogue/document"
	"onewindow/models/catalogue/rule"
)

// Fault is one thing that is wrong in a catalogue's folder.
type Fault = document.Fault

// Faults are all that is wrong in a catalogue's folder.
type Faults = document.Faults

//go:embed hangzhou
var embedded embed.FS

// Catalogue is everything of one folder. It never changes once installed.
type Catalogue struct {
	Departments []*Department
	Materials   []*Material
	// Items and Bundles are sorted by code.
	Items    []*Item
	Bundles  []*Bundle
	Calendar *calendar.Calendar

	synonyms []synonym
	// warnings are what is no fault but worth a second look.
	warnings Faults
	// files are what it was loaded from.
	files contents
}

// synonym is what people type, and what they mean.
type synonym struct {
	say   []string
	items []string
}

// Embedded loads the catalogue of Hangzhou that the binary carries.
func Embedded() (*Catalogue, Faults) {
	folder, err := fs.Sub(embedded, "hangzhou")
	if err != nil {
		return nil, Faults{unreadable(".", err)}
	}
	return Load(folder)
}

// LoadFolder loads a city's own folder.
func LoadFolder(folder string) (*Catalogue, Faults) {
	root, err := os.OpenRoot(folder) // links that lead out of the folder are not followed
	if err != nil {
		return nil, Faults{{File: ".", Message: models.T("目录不存在或者不能读取", "the folder is missing or cannot be read")}}
	}
	defer func() { _ = root.Close() }() // nothing was written
	return Load(root.FS())
}

func unreadable(file string, err error) Fault {
	return Fault{File: file, Message: models.T("不能读取："+err.Error(), "cannot be read: "+err.Error())}
}

// loader is one load: it reads the files in the order of what refers to what, and collects every fault.
type loader struct {
	folder    fs.FS
	collector *document.Collector
	compiler  *rule.Compiler

	departments map[string]*Department
	materials   map[string]*Material
	items       map[string]*Item
	bundles     map[string]*Bundle
	// plain keeps departments' and materials' own definitions, for the canonical text of the items that name them.
	plain     map[any]any
	catalogue *Catalogue
	// successors are where items name what replaces them.
	successors map[string]document.Value
	// keeping guards files and successors: items are read side by side.
	keeping sync.Mutex
}

func newLoader(folder fs.FS) (*loader, error) {
	compiler, err := rule.NewCompiler()
	if err != nil {
		return nil, err
	}
	return &loader{
		folder: folder, collector: &document.Collector{}, compiler: compiler,
		departments: map[string]*Department{}, materials: map[string]*Material{},
		items: map[string]*Item{}, bundles: map[string]*Bundle{}, plain: map[any]any{}, catalogue: &Catalogue{files: contents{}},
		successors: map[string]document.Value{},
	}, nil
}

// Load reads a folder in the catalogue exchange format whole: either there are no faults, or there is no catalogue.
func Load(folder fs.FS) (*Catalogue, Faults) {
	l, err := newLoader(folder)
	if err != nil {
		return nil, Faults{unreadable(".", err)}
	}
	files := l.files()
	l.single(files, "departments.yaml", true, func(root *document.Object) { l.readDepartments(root.Required("departments")) })
	l.single(files, "materials.yaml", true, func(root *document.Object) { l.readMaterials(root.Required("materials")) })
	l.readCalendar(files["calendar"])
	l.readItems(files["items"])
	if len(files["items"]) == 0 {
		l.collector.Add(Fault{File: "items", Message: models.T("目录里没有任何事项", "the folder holds no service item")})
	}
	l.checkSuccessors()
	for _, file := range files["bundles"] {
		l.each(file, l.readBundle)
	}
	l.single(files, "synonyms.yaml", false, func(root *document.Object) { l.readSynonyms(root.Required("synonyms")) })
	if faults := l.collector.Faults(); len(faults) > 0 {
		return nil, faults
	}
	return l.finish(), nil
}

func (l *loader) finish() *Catalogue {
	slices.SortFunc(l.catalogue.Items, func(a, b *Item) int { return strings.Compare(a.Code, b.Code) })
	slices.SortFunc(l.catalogue.Bundles, func(a, b *Bundle) int { return strings.Compare(a.Code, b.Code) })
	l.catalogue.warnings = l.collector.Warnings()
	return l.catalogue
}

// files sorts the folder's files by kind: the single ones under their own name, the others under their folder's.
func (l *loader) files() map[string][]string {
	files := map[string][]string{}
	strays := 0
	err := fs.WalkDir(l.folder, ".", func(file string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			l.collector.Add(unreadable(file, err))
		case entry.IsDir(), strings.HasSuffix(file, ".md"):
		case slices.Contains([]string{"departments.yaml", "materials.yaml", "synonyms.yaml"}, file):
			files[file] = []string{file}
		case slices.Contains([]string{"items", "bundles", "calendar"}, path.Dir(file)) && path.Ext(file) == ".yaml":
			files[path.Dir(file)] = append(files[path.Dir(file)], file)
		default:
			l.collector.Add(Fault{File: file, Message: models.T("不属于目录交换格式的六类文件", "is none of the six kinds of file of a catalogue")})
			strays++
		}
		if strays > mostCount {
			return fs.SkipAll // this is the folder of something else
		}
		return nil
	})
	if err != nil {
		l.collector.Add(unreadable(".", err))
	}
	return files
}

func (l *loader) single(files map[string][]string, name string, isRequired bool, read func(*document.Object)) {
	if len(files[name]) == 0 {
		if isRequired {
			l.collector.Add(Fault{File: name, Message: models.T("缺少这个文件", "the file is missing")})
		}
		return
	}
	l.each(name, read)
}

// each reads one file and complains about the keys that its reader did not ask for.
func (l *loader) each(file string, read func(*document.Object)) {
	text, fault := l.read(file)
	if fault != nil {
		fault.File = file
		l.collector.Add(*fault)
		return
	}
	l.keep(file, text)
	root := document.Parse(file, text, l.collector).Object()
	if root == nil {
		return
	}
	read(root)
	root.Close()
}

// read gives a file's text. What is no plain file, or is too large, is not read at all.
func (l *loader) read(file string) ([]byte, *Fault) {
	info, err := fs.Stat(l.folder, file)
	switch {
	case err != nil:
		fault := unreadable(file, err)
		return nil, &fault
	case !info.Mode().IsRegular():
		return nil, &Fault{Message: models.T("不是普通文件", "is no plain file")}
	case info.Size() > document.LargestFile:
		return nil, document.TooLarge()
	}
	text, err := fs.ReadFile(l.folder, file)
	if err != nil {
		fault := unreadable(file, err)
		return nil, &fault
	}
	return text, nil
}

// keep notes what a file held; items are read side by side.
func (l *loader) keep(file string, text []byte) {
	l.keeping.Lock()
	defer l.keeping.Unlock()
	l.catalogue.files[file] = text
}

// member reads one object of a list.
func member(value document.Value, read func(*document.Object)) {
	object := value.Object()
	if object == nil {
		return
	}
	read(object)
	object.Close()
}

var (
	codeForm   = regexp.MustCompile(`^[a-z][a-z0-9-]{1,63}$`)
	keyForm    = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,63}$`)
	idForm     = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$`)
	regionForm = regexp.MustCompile(`^[1-9][0-9]{5}$`)
)

// The bounds of numbers in a catalogue: beyond them it is a slip of the pen.
const (
	mostDays   = 3_650
	mostMonths = 1_200
	mostCents  = 1_000_000_000
	mostBytes  = 100 << 20
	mostCount  = 1_000
	// mostEntries bounds a list of an item or a bundle.
	mostEntries = 500
)

// entries gives the members of a list of an item or a bundle.
func entries(list document.Value) []document.Value {
	members := list.List()
	if len(members) > mostEntries {
		list.Fail(fmt.Sprintf("最多 %d 项", mostEntries), fmt.Sprintf("at most %d entries", mostEntries))
		members = members[:mostEntries]
	}
	return members
}

// few names some of many, for a message.
func few(names []string) (chinese, english string) {
	const most = 10
	if len(names) > most {
		return strings.Join(names[:most], "、") + "……", strings.Join(names[:most], ", ") + " ..."
	}
	return strings.Join(names, "、"), strings.Join(names, ", ")
}

func code(value document.Value) string {
	return value.Matching(codeForm, "代码应为小写字母开头，由小写字母、数字和连字符组成，2 到 64 个字符", "a code is 2 to 64 lower-case letters, digits and hyphens, beginning with a letter")
}

// id reads a name that counts inside one item only.
func id(value document.Value) string {
	return value.Matching(idForm, "编号由字母、数字、连字符和下划线组成，最多 64 个字符", "an id is at most 64 letters, digits, hyphens and underscores")
}

// atLeastOne complains about a list that is there and holds nothing.
func atLeastOne[T any](value document.Value, read []T, chinese, english string) []T {
	if value.IsEmptyList() {
		value.Fail(chinese, english)
	}
	return read
}

// fileCode reads a file's own code, which must be its name.
func fileCode(root *document.Object, file string) string {
	value := root.Required("code")
	own := code(value)
	if name := strings.TrimSuffix(path.Base(file), ".yaml"); own != "" && own != name {
		value.Fail("应与文件名 "+name+" 一致", "must be the file's name, "+name)
	}
	return own
}

// lookup resolves a code to what it stands for.
func lookup[T any](value document.Value, known map[string]*T, chinese, english string) *T {
	wanted := code(value)
	if wanted == "" {
		return nil
	}
	found, isKnown := known[wanted]
	if !isKnown {
		value.Fail(fmt.Sprintf("没有代码为 %s 的%s", wanted, chinese), fmt.Sprintf("there is no %s %s", english, wanted))
	}
	return found
}

// strings reads a list of texts, each once.
func texts(value document.Value, read func(document.Value) string) []string {
	var list []string
	for _, entry := range entries(value) {
		text := read(entry)
		if text == "" {
			continue
		}
		if slices.Contains(list, text) {
			entry.Fail("重复", "stands twice")
			continue
		}
		list = append(list, text)
	}
	return list
}

func plainText(value document.Value) string { return value.String() }

// longestTag bounds a tag, in characters.
const longestTag = 64

// tag reads a tag: a short text. Only codes have a form of their own; a city tags in its own words.
func tag(value document.Value) string {
	text := value.String()
	if utf8.RuneCountInString(text) > longestTag {
		value.Fail("标签过长，最多 64 个字符", "a tag has at most 64 characters")
		return ""
	}
	return text
}

// oneOrMore reads a list of texts, or a single one in its place.
func oneOrMore(value document.Value) []string {
	if value.IsPresent() && !value.IsList() {
		return []string{value.String()}
	}
	return texts(value, plainText)
}
