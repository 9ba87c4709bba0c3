package app_test

import "time"

// The shapes of answers, as far as the stories read them.
type (
	problem struct {
		Code, Message string
		Field         *string
	}
	named struct{ Code, Name string }

	walletFile struct {
		ID, FileName, ContentType, Number, Trust string
	}
	requirement struct {
		ID         string
		Material   named
		Required   bool
		Deferrable bool
		Status     string
		Reason     *string
		DueAt      *time.Time
		Document   *walletFile
	}
	step struct {
		ID, Name, State string
		Department      named
		Decision        *string
		StartedAt       *time.Time
		DueAt           *time.Time
		FinishedAt      *time.Time
		DependsOn       []string
	}
	formField struct {
		Key, Type, Label             string
		Required, Visible, Prefilled bool
		Value                        *string
		Choices                      []struct{ Value string }
		Problem                      *problem
	}
	event struct {
		ID, Kind, Title string
		At              time.Time
		Detail          *string
		Department      *named
	}
	segment struct {
		Kind, From string
		To, Reason *string
		Days       int
	}
	skippedDay struct{ Date, Reason string }
	deadline   struct {
		AllowedDays, UsedDays, RemainingDays int
		Light                                string
		PromisedDueAt, LegalDueAt            time.Time
		Provisional                          bool
		Segments                             []segment
		Skipped                              []skippedDay
	}
	nextAction struct {
		Who, Title string
		Detail     *string
		DueAt      *time.Time
		Department *named
	}
	result struct {
		ID                  string
		Material            named
		Number              *string
		IssuedOn, ExpiresOn *string
		Delivery            struct{ Method, State string }
	}
	application struct {
		ID, State, StateLabel   string
		Number                  string
		Revision                int
		Item                    named
		SubmittedAt, AcceptedAt *time.Time
		DueAt, FinishedAt       *time.Time
		Deadline                *deadline
		NextAction              nextAction
		Steps                   []step
		Missing, Checklist      []requirement
		Supplement              *struct {
			RequestedAt, DueAt time.Time
			Note               *string
		}
		Ready    bool
		Form     []formField
		Timeline connection[event]
		Results  []result
		Rating   *struct {
			Stars int
			Reply *struct{ Text string }
		}
		LastEvent *event
	}
	task struct {
		ID, Kind, State string
		Step            *step
		Application     application
	}
	message struct {
		ID, Kind, Title, Body string
		At                    time.Time
		Urgent                bool
		Application           *struct{ ID, Number string }
	}
	walletDocument struct {
		ID       string
		Material named
		Number   *string
		Source   string
		UsedBy   []struct{ Number string }
	}
	boundIdentity struct {
		Status string
		Links  []struct {
			Department named
			Status     string
		}
	}
	viewer struct {
		ID, DisplayName string
		Identity        boundIdentity
		Dependants      []struct{ ID, DisplayName, Relation string }
		Applications    connection[application]
		Documents       connection[walletDocument]
		Inbox           connection[message]
	}
	payload struct {
		Application application
		Requirement requirement
		Task        task
		Rating      struct{ Stars int }
		Identity    struct{ Status string }
		Session     *struct{ AccessToken, RefreshToken string }
		Viewer      *viewer
		Problems    []problem
	}
)

// connection is a page of a list.
type connection[T any] struct {
	TotalCount, UnreadCount int
	Edges                   []struct {
		Cursor string
		Node   T
	}
	PageInfo struct {
		HasNextPage bool
		EndCursor   *string
	}
}

func (c connection[T]) nodes() []T {
	nodes := make([]T, len(c.Edges))
	for i, edge := range c.Edges {
		nodes[i] = edge.Node
	}
	return nodes
}

// required finds the requirement of a material.
func (a application) required(material string) *requirement {
	for i := range a.Checklist {
		if a.Checklist[i].Material.Code == material {
			return &a.Checklist[i]
		}
	}
	return nil
}

// field finds a question of the form.
func (a application) field(key string) *formField {
	for i := range a.Form {
		if a.Form[i].Key == key {
			return &a.Form[i]
		}
	}
	return nil
}
