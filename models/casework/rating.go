package casework

import (
	"context"
	"slices"
	"time"

	"onewindow/models"
	"onewindow/models/resident"
	"onewindow/models/sealed"
	"onewindow/models/store"
)

// RatingProgress is a rating of a case. The words of the rater, and the answer to them, are sealed in the database.
type RatingProgress struct {
	Stars     int                  `json:"stars"`
	Comment   string               `json:"comment,omitempty"` // open only in memory
	Sealed    []byte               `json:"sealed,omitempty"`
	Tags      []string             `json:"tags,omitempty"`
	CreatedAt time.Time            `json:"createdAt"`
	Reply     *RatingReplyProgress `json:"reply,omitempty"`
	// FollowUp is the one further rating that the applicant may give later.
	FollowUp *RatingProgress `json:"followUp,omitempty"`
}

// RatingReplyProgress is the office's answer.
type RatingReplyProgress struct {
	Text    string        `json:"text,omitempty"` // open only in memory
	Sealed  []byte        `json:"sealed,omitempty"`
	Outcome RatingOutcome `json:"outcome"`
	At      time.Time     `json:"at"`
	ByID    models.ID     `json:"by"`
}

// RatingOutcome is what came of an unhappy rating.
type RatingOutcome string

// MENDED: it was put right. EXPLAINED: there was nothing to put right, and the answer says why. PLANNED: it will be, by the
// date that the answer names.
const (
	RatingMended    RatingOutcome = "MENDED"
	RatingExplained RatingOutcome = "EXPLAINED"
	RatingPlanned   RatingOutcome = "PLANNED"
)

// unhappyStars is the better of the two levels that call for an answer.
const unhappyStars = 2

// The steps of the two call-backs that a case can have.
const (
	callbackFirst    = ""
	callbackFollowUp = "follow-up"
)

// purposeRating binds the sealed words of ratings to their place.
const purposeRating = "casework.rating"

// sealRating gives the rating as it is stored; openRating undoes it.
func sealRating(keyring *sealed.Keyring, rating *RatingProgress) *RatingProgress {
	if rating == nil {
		return nil
	}
	stored := *rating
	if stored.Comment != "" {
		stored.Comment, stored.Sealed = "", keyring.SealText(purposeRating, rating.Comment)
	}
	if rating.Reply != nil {
		reply := *rating.Reply
		reply.Text, reply.Sealed = "", keyring.SealText(purposeRating, rating.Reply.Text)
		stored.Reply = &reply
	}
	stored.FollowUp = sealRating(keyring, rating.FollowUp)
	return &stored
}

func openRating(keyring *sealed.Keyring, rating *RatingProgress) (err error) {
	if rating == nil {
		return nil
	}
	if len(rating.Sealed) > 0 {
		if rating.Comment, err = keyring.OpenText(purposeRating, rating.Sealed); err != nil {
			return err
		}
		rating.Sealed = nil
	}
	if reply := rating.Reply; reply != nil {
		if reply.Text, err = keyring.OpenText(purposeRating, reply.Sealed); err != nil {
			return err
		}
		reply.Sealed = nil
	}
	return openRating(keyring, rating.FollowUp)
}

func (r *RatingProgress) clone() *RatingProgress {
	if r == nil {
		return nil
	}
	copied := *r
	copied.FollowUp = r.FollowUp.clone()
	if r.Reply != nil {
		reply := *r.Reply
		copied.Reply = &reply
	}
	return &copied
}

// sameWords tells that somebody sends a rating again.
func (r *RatingProgress) sameWords(other *RatingProgress) bool {
	return r.Stars == other.Stars && r.Comment == other.Comment && slices.Equal(r.Tags, other.Tags)
}

// rate keeps a rating: five levels, once, and one follow-up, which has something to say: stars alone or the same words again
// are the rating once more.
func (m *move) rate(rating *RatingProgress) (*models.Problem, error) {
	row, err := permit(m.kase.State, ActionRate)
	if err != nil {
		return nil, err
	}
	first := m.kase.Progress.Rating
	switch {
	case first == nil:
		m.kase.Progress.Rating = rating
	case first.FollowUp == nil && rating.Comment != "" && !first.sameWords(rating):
		first.FollowUp = rating
	default:
		return models.NewProblem("ALREADY_RATED", "", models.T("您已经评价过这次办理", "You have rated this application already")), nil
	}
	m.kase.enter(row, m.kase.State)
	m.happened(EventRated, models.T("收到评价", "Rated"), nil, internal)
	return nil, nil
}

// callbacks are the ratings that call for an answer, under the steps of their tasks.
func (c *Case) callbacks() map[string]*RatingProgress {
	unhappy := map[string]*RatingProgress{}
	if first := c.Progress.Rating; first != nil {
		for step, rating := range map[string]*RatingProgress{callbackFirst: first, callbackFollowUp: first.FollowUp} {
			if rating != nil && rating.Stars <= unhappyStars {
				unhappy[step] = rating
			}
		}
	}
	return unhappy
}

func (m *move) callbackTasks(c *Case) (tasks []plannedTask) {
	unhappy := c.callbacks()
	for _, step := range []string{callbackFirst, callbackFollowUp} {
		rating := unhappy[step]
		if rating == nil {
			continue
		}
		task := m.laterTask(c, TaskCallback, step, models.Supervisor, rating.CreatedAt, m.settings.CallbackDays)
		if rating.Reply != nil {
			task.state = TaskDone
		}
		tasks = append(tasks, task)
	}
	return tasks
}

// reply answers an unhappy rating, once.
func (m *move) reply(step, text string, outcome RatingOutcome) error {
	row, err := permit(m.kase.State, ActionReply)
	if err != nil {
		return err
	}
	rating := m.kase.callbacks()[step]
	if rating == nil {
		return models.NotFound()
	}
	if rating.Reply != nil {
		return models.Conflict(models.T("这条评价已经答复过", "This rating has been answered already"), string(TaskDone))
	}
	m.kase.enter(row, m.kase.State)
	rating.Reply = &RatingReplyProgress{Text: text, Outcome: outcome, At: m.now, ByID: m.actor.ID}
	last := m.kase.LastEvent
	m.happened(EventRatingAnswered, models.T("已答复您的评价", "Your rating has been answered"), nil)
	m.kase.LastEvent = last // which staff see too
	return nil
}

// LastReply is the newest answer to a rating of the case; "" where there is none.
func (c *Case) LastReply() string {
	var last *RatingReplyProgress
	for rating := c.Progress.Rating; rating != nil; rating = rating.FollowUp {
		if reply := rating.Reply; reply != nil && (last == nil || reply.At.After(last.At)) {
			last = reply
		}
	}
	if last == nil {
		return ""
	}
	return last.Text
}

// RatingInput is what the applicant thought of it.
type RatingInput struct {
	Stars   int
	Comment string
	Tags    []string
}

// maxTags bounds the reasons that a rating may pick.
const maxTags = 10

// Rate keeps the applicant's rating: five levels, once for each application, and one follow-up. It gives the rating that was
// just taken.
func (s *Service) Rate(ctx context.Context, actor models.Actor, id models.ID, input RatingInput) (*Rating, []*models.Problem, error) {
	if input.Stars < 1 || input.Stars > 5 {
		return nil, nil, models.BadInput(models.T("stars 应在 1 到 5 之间", "stars must be between 1 and 5"))
	}
	if problem := tooLong("comment", input.Comment); problem != nil {
		return nil, []*models.Problem{problem}, nil
	}
	if len(input.Tags) > maxTags {
		return nil, nil, models.BadInput(models.T("tags 最多 10 个", "at most 10 tags"))
	}
	var given *RatingProgress
	_, problems, err := s.change(ctx, actor, id, s.mine(ctx, actor), func(_ *store.Tx, m *move) ([]*models.Problem, error) {
		given = &RatingProgress{Stars: input.Stars, Comment: input.Comment, Tags: input.Tags, CreatedAt: m.now}
		problem, err := m.rate(given)
		if problem != nil {
			return []*models.Problem{problem}, nil
		}
		return nil, err
	})
	if err != nil || len(problems) > 0 {
		return nil, problems, err
	}
	return ratingView(given), nil, nil
}

// ReplyInput answers an unhappy rating.
type ReplyInput struct {
	TaskID         models.ID
	Text           string
	Outcome        RatingOutcome
	IdempotencyKey string
}

// ReplyToRating ends a call-back: the rater reads the answer, and whoever gives it never learns who the rater is.
func (s *Service) ReplyToRating(ctx context.Context, actor models.Actor, input ReplyInput) (*Task, []*models.Problem, error) {
	if input.Text == "" {
		return nil, []*models.Problem{models.NewProblem("REQUIRED", "text", models.T("请写明答复内容", "Please write the answer"))}, nil
	}
	if problem := tooLong("text", input.Text); problem != nil {
		return nil, []*models.Problem{problem}, nil
	}
	request := store.Request{ActorID: actor.ID, Operation: "replyToRating", Key: input.IdempotencyKey, Input: input}
	return s.workTask(ctx, actor, request, input.TaskID, TaskCallback, func(_ *store.Tx, m *move, task *Task) ([]*models.Problem, error) {
		return nil, m.reply(task.StepID, input.Text, input.Outcome)
	})
}

// throughRating is an application as those see it who answer a rating of it: what was asked for and how long it took, and
// nothing that leads to the person. Its id is the task's, which opens nothing.
func throughRating(task *Task, seen *Application) *Application {
	return &Application{
		ID: task.ID, State: seen.State, StateLabel: seen.StateLabel, Channel: seen.Channel, Item: seen.Item,
		SubmittedAt: wholeDay(seen.SubmittedAt), AcceptedAt: wholeDay(seen.AcceptedAt), FinishedAt: wholeDay(seen.FinishedAt),
		NextAction: seen.NextAction, Steps: []*Step{}, SubjectID: task.ID, ApplicantID: task.ID, lead: seen.lead,
		stored: &Case{ID: task.ID, State: seen.State, ItemCode: seen.stored.ItemCode, Lead: seen.stored.Lead, SubjectID: task.ID, ApplicantID: task.ID, Answers: map[string]Answer{}},
		people: map[models.ID]*resident.Resident{task.ID: {ID: task.ID}},
	}
}

func wholeDay(moment *time.Time) *time.Time {
	if moment == nil {
		return nil
	}
	start := models.DateOf(*moment).Start()
	return &start
}

// withoutRating hides a rating from staff: with the case open they would know whose it is.
func withoutRating(actor models.Actor, applications ...*Application) {
	if actor.PersonID() != "" {
		return
	}
	for _, application := range applications {
		application.Rating = nil
	}
}

func ratingView(stored *RatingProgress) *Rating {
	if stored == nil {
		return nil
	}
	tags := stored.Tags
	if tags == nil {
		tags = []string{}
	}
	shown := &Rating{
		Stars: stored.Stars, Comment: optional(stored.Comment), Tags: tags, CreatedAt: stored.CreatedAt, FollowUp: ratingView(stored.FollowUp),
	}
	if reply := stored.Reply; reply != nil {
		shown.Reply = &RatingReply{Text: reply.Text, At: reply.At, Outcome: reply.Outcome}
	}
	return shown
}
