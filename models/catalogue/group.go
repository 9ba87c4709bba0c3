package catalogue

import (
	"bytes"
	"encoding/json"
	"fmt"

	"onewindow/models"
)

// parseGroup reads the rows of a group: a JSON array of objects whose values are text, as everywhere; numbers and truth
// values are taken as their text. A problem names the row and the question inside it, under the group's own key.
func (f *Field) parseGroup(text string, today models.Date) (*answer, *models.Problem) {
	decoder := json.NewDecoder(bytes.NewReader([]byte(text)))
	decoder.UseNumber()
	var rows []map[string]any
	if err := decoder.Decode(&rows); err != nil || decoder.More() {
		return nil, f.problem("FORMAT", "请以 JSON 数组给出各行", "Give the rows as a JSON array of objects")
	}
	if len(rows) == 0 {
		return nil, nil
	}
	if len(rows) > f.MaxItems {
		return nil, f.problem("TOO_MANY", fmt.Sprintf("不能超过 %d 行", f.MaxItems), fmt.Sprintf("At most %d rows", f.MaxItems))
	}
	if problem := f.outOfRange(float64(len(rows))); problem != nil {
		return nil, problem
	}
	values := make([]map[string]any, 0, len(rows))
	kept := make([]map[string]string, 0, len(rows))
	for index, row := range rows {
		value, texts, problem := f.parseRow(row, today)
		if problem != nil {
			return nil, f.inRow(index+1, problem)
		}
		values, kept = append(values, value), append(kept, texts)
	}
	written, _ := json.Marshal(kept) // texts always have a JSON form
	return &answer{values, string(written)}, nil
}

// inRow says in which row a problem lies.
func (f *Field) inRow(number int, problem *models.Problem) *models.Problem {
	label := models.Text{models.Chinese: "", models.English: ""}
	if problem.Field != nil {
		if inside, found := find(f.Fields, func(g *Field) bool { return g.Key == *problem.Field }); found {
			label = inside.Label
		}
	}
	return models.NewProblem(problem.Code, f.Key, models.T(
		fmt.Sprintf("第 %d 行 %s：%s", number, label.In(models.Chinese), problem.Message.In(models.Chinese)),
		fmt.Sprintf("Row %d, %s: %s", number, label.In(models.English), problem.Message.In(models.English))))
}

func (f *Field) parseRow(row map[string]any, today models.Date) (map[string]any, map[string]string, *models.Problem) {
	values, texts := map[string]any{}, map[string]string{}
	for _, inside := range f.Fields {
		written, isText := rowText(row[inside.Key])
		delete(row, inside.Key)
		if !isText {
			return nil, nil, inside.problem("FORMAT", "应为文本", "Must be text")
		}
		parsed, problem := inside.parse(written, today)
		switch {
		case problem != nil:
			return nil, nil, problem
		case parsed != nil:
			values[inside.Key], texts[inside.Key] = parsed.value, parsed.text
		case inside.Required:
			return nil, nil, inside.problem("REQUIRED", "必须填写", "Required")
		}
	}
	if len(row) > 0 {
		return nil, nil, models.NewProblem("UNKNOWN_FIELD", "", models.T("含有表单里没有的内容", "Holds something that the form does not ask"))
	}
	return values, texts, nil
}

func rowText(value any) (string, bool) {
	switch written := value.(type) {
	case nil:
		return "", true
	case string:
		return written, true
	case json.Number:
		return written.String(), true
	case bool:
		return fmt.Sprint(written), true
	}
	return "", false
}
