package payload

import (
	"time"

	"github.com/99designs/gqlgen/graphql"

	"onewindow/auth"
	"onewindow/models"
	"onewindow/models/callcentre"
	"onewindow/models/casework"
	"onewindow/models/delegation"
)

// The inputs of the schema, field for field.
type (
	// RequestLoginCode is RequestLoginCodeInput, and so on below.
	RequestLoginCode struct{ Phone string }

	Login struct {
		Phone, Code string
		Device      *auth.DeviceInput
	}
	LoginWithWeChat struct {
		Code      string
		PhoneCode string
		Device    *auth.DeviceInput
	}
	SetEmail        struct{ Email string }
	VerifyEmail     struct{ Code string }
	SettleUnreached struct{ MessageID models.ID }
	RefreshSession  struct{ RefreshToken string }
	StaffSignIn     struct{ Username, Password, Otp string }

	ConfirmBinding struct {
		RequestID models.ID
		Approve   bool
	}

	AttachMaterial struct {
		ApplicationID models.ID
		RequirementID string
		File          *graphql.Upload
		FileID        *models.ID
		Number        string
		IssuedOn      *models.Date
		ExpiresOn     *models.Date
	}
	ReuseMaterial struct {
		ApplicationID models.ID
		RequirementID string
		DocumentID    models.ID
	}
	FetchMaterials struct{ ApplicationID models.ID }
	Commit         struct {
		ApplicationID  models.ID
		RequirementIds []string
		TextVersion    string
	}

	SaveAnswers struct {
		ApplicationID models.ID
		Revision      *int
		Answers       []*casework.AnswerInput
	}
	SubmitApplication struct {
		ApplicationID  models.ID
		Revision       *int
		IdempotencyKey string
	}
	Supplement struct {
		ApplicationID  models.ID
		IdempotencyKey string
	}
	WithdrawApplication struct {
		ApplicationID models.ID
		Reason        string
	}
	RateApplication struct {
		ApplicationID models.ID
		Stars         int
		Comment       string
		Tags          []string
	}
	ClaimTask         struct{ TaskID models.ID }
	ReleaseTask       struct{ TaskID models.ID }
	AcceptApplication struct {
		ApplicationID models.ID
		Deferred      []string
	}
	CloseOversight struct {
		TaskID         models.ID
		Note           string
		IdempotencyKey string
	}
	SuspendStep struct {
		TaskID       models.ID
		Reason       string
		NoticeNumber string
		Until        *models.Date
	}
	ResumeStep           struct{ TaskID models.ID }
	EvaluateIntervention struct {
		InterventionID models.ID
		Outcome        string
		Note           string
	}
	SaveBundleAnswers struct {
		BundleCaseID models.ID
		ItemCode     string
		Answers      []*casework.AnswerInput
	}
	SubmitBundle struct {
		BundleCaseID   models.ID
		IdempotencyKey string
	}

	MarkRead struct{ MessageIds []models.ID }

	RemovePhone      struct{ Phone, ConfirmPhone, Code string }
	RevokeDelegation struct{ DelegationID models.ID }

	EndVolunteer struct{ VolunteerID models.ID }
	ConfirmHelp  struct {
		RequestID models.ID
		Code      string
	}
	SetSecondContact   = delegation.ContactInput
	CancelHelped       struct{ ApplicationID models.ID }
	CancelHelpedByCode struct{ Code string }

	KioskSignIn       struct{ Code, Secret string }
	StartKioskSession struct {
		Name, NationalID string
		ReadAt           time.Time
		ReaderSignature  string
	}
	ApproveKioskPairing struct{ Code string }

	OpenCall       struct{ CallerPhone, Topic string }
	SendCallerCode struct {
		CallID     models.ID
		ResidentID *models.ID
	}
	VerifyCaller struct {
		CallID models.ID
		Code   string
	}
	Reveal struct {
		CallID, ApplicationID models.ID
		Field                 callcentre.RevealField
		Reason                string
	}
	RemindApplicant struct{ CallID, ApplicationID models.ID }
	CloseCall       struct {
		CallID   models.ID
		Note     string
		Resolved *bool
	}
)
