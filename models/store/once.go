package store

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"onewindow/models"
)

// Memory is how long the answer of a request with an idempotency key is remembered.
const Memory = 24 * time.Hour

// maxKey bounds an idempotency key, in bytes.
const maxKey = 200

type rememberedRequest struct {
	ActorID   models.ID
	Operation string
	Key       string
	InputHash []byte
	ResultID  models.ID
	CreatedAt time.Time
}

func (rememberedRequest) TableName() string { return "store_requests" }

// Request is a mutation that may arrive again: the same key, person and operation within 24 hours give the first answer.
type Request struct {
	ActorID   models.ID
	Operation string
	// Key comes from the client; empty: nothing is remembered.
	Key   string
	Input any
}

func (r Request) hash() []byte {
	raw, err := json.Marshal(r.Input)
	if err != nil {
		panic("store: an input that cannot be written: " + err.Error()) //nolint:forbidigo // inputs are plain structs: a fault of this program
	}
	sum := sha256.Sum256(raw)
	return sum[:]
}

// Recall finds what a request was answered with before: the id of the record that it made or changed, "" if it is new.
// The same key with other input is a CONFLICT. It locks the key, so that two of the same at once do one thing.
func (tx *Tx) Recall(ctx context.Context, request Request) (models.ID, error) {
	if request.Key == "" {
		return "", nil
	}
	if len(request.Key) > maxKey {
		return "", models.BadInput(models.T("idempotencyKey 过长", "idempotencyKey is too long"))
	}
	if err := tx.lockKey(ctx, request); err != nil {
		return "", err
	}
	return tx.known(request)
}

func (tx *Tx) known(request Request) (models.ID, error) {
	var known []rememberedRequest
	err := tx.DB.Where("actor_id = ? AND operation = ? AND key = ? AND created_at > ?",
		request.ActorID, request.Operation, request.Key, tx.Now.Add(-Memory)).Limit(1).Find(&known).Error
	if err != nil {
		return "", fmt.Errorf("recall request: %w", err)
	}
	if len(known) == 0 {
		return "", nil
	}
	if string(known[0].InputHash) != string(request.hash()) {
		return "", models.Conflict(models.T("同一个 idempotencyKey 已用于另一份内容", "This idempotencyKey was used with other input"), nil)
	}
	return known[0].ResultID, nil
}

// Claim is Recall and Remember in one statement, where the answer of a request is known before it is done: true where it is
// to be done now, false where the same was done before. Two of the same at once do one thing: the second waits for the first.
// An answer with problems is taken back by Forget; an error undoes the claim with everything else.
func (tx *Tx) Claim(request Request, result models.ID) (fresh bool, err error) {
	if request.Key == "" {
		return true, nil
	}
	if len(request.Key) > maxKey {
		return false, models.BadInput(models.T("idempotencyKey 过长", "idempotencyKey is too long"))
	}
	claimed := tx.DB.Exec(`INSERT INTO store_requests (actor_id, operation, key, input_hash, result_id, created_at) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (actor_id, operation, key) DO UPDATE
		SET input_hash = excluded.input_hash, result_id = excluded.result_id, created_at = excluded.created_at WHERE store_requests.created_at <= ?`,
		request.ActorID, request.Operation, request.Key, request.hash(), result, tx.Now, tx.Now.Add(-Memory))
	if claimed.Error != nil {
		return false, fmt.Errorf("claim request: %w", claimed.Error)
	}
	if claimed.RowsAffected == 1 {
		return true, nil
	}
	_, err = tx.known(request)
	return false, err
}

// Forget takes a claim back.
func (tx *Tx) Forget(request Request) error {
	if request.Key == "" {
		return nil
	}
	err := tx.DB.Exec("DELETE FROM store_requests WHERE actor_id = ? AND operation = ? AND key = ?",
		request.ActorID, request.Operation, request.Key).Error
	if err != nil {
		return fmt.Errorf("forget request: %w", err)
	}
	return nil
}

// lockKey makes two transactions with the same key wait for each other.
func (tx *Tx) lockKey(ctx context.Context, request Request) error {
	return tx.Lock(ctx, string(request.ActorID), request.Operation, request.Key)
}

// Lock makes transactions that name the same thing wait for each other until they end.
func (tx *Tx) Lock(ctx context.Context, name ...string) error {
	if !tx.IsPostgres() {
		return nil // one writer
	}
	// Hashed here: PostgreSQL takes no text with the NUL that keeps the parts apart.
	sum := sha256.Sum256([]byte(strings.Join(name, "\x00")))
	key := int64(binary.BigEndian.Uint64(sum[:8])) // #nosec G115 -- any 64 bits will do
	return tx.DB.WithContext(ctx).Exec("SELECT pg_advisory_xact_lock(?)", key).Error
}

// Remember keeps the answer of a request. An answer with problems is not remembered: call it only for the others.
func (tx *Tx) Remember(request Request, result models.ID) error {
	if request.Key == "" {
		return nil
	}
	if err := tx.Forget(request); err != nil {
		return err
	}
	row := rememberedRequest{request.ActorID, request.Operation, request.Key, request.hash(), result, tx.Now}
	if err := tx.DB.Create(&row).Error; err != nil {
		return fmt.Errorf("remember request: %w", err)
	}
	return nil
}

// ForgetRequests removes what is older than the memory; called daily.
func (tx *Tx) ForgetRequests() error {
	return tx.DB.Exec("DELETE FROM store_requests WHERE created_at <= ?", tx.Now.Add(-Memory)).Error
}
