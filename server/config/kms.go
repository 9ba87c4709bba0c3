package config

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// KMS wraps and unwraps the keys of the key file with a master key that never leaves it: HashiCorp Vault's transit engine, or
// whatever speaks its wire (OpenBao and several clouds' bridges do). The file alone is then worth nothing.
type KMS struct {
	// mount is the address of the engine, e.g. https://vault.example:8200/v1/transit.
	mount, key string
	token      Secret
	client     *http.Client
}

const (
	kmsWait   = 10 * time.Second
	kmsAnswer = 64 << 10 // bytes; an answer is a few hundred
)

// KMS is the key management service of the settings; nil where there is none.
func (c *Config) KMS() *KMS {
	if c.KMSURL == "" {
		return nil
	}
	client := &http.Client{Timeout: kmsWait, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse // the token is for this service alone
	}}
	return &KMS{mount: strings.TrimRight(c.KMSURL, "/"), key: c.KMSKey, token: c.KMSToken, client: client}
}

// Wrap gives the text that the key file holds in place of a key.
func (k *KMS) Wrap(ctx context.Context, secret []byte) (string, error) {
	said, err := k.ask(ctx, "encrypt", map[string]string{"plaintext": base64.StdEncoding.EncodeToString(secret)})
	if err == nil && said.Ciphertext == "" {
		err = errors.New("kms: encrypt: an answer without a ciphertext")
	}
	return said.Ciphertext, err
}

// Unwrap gives a key back.
func (k *KMS) Unwrap(ctx context.Context, wrapped string) ([]byte, error) {
	said, err := k.ask(ctx, "decrypt", map[string]string{"ciphertext": wrapped})
	if err != nil {
		return nil, err
	}
	secret, err := base64.StdEncoding.DecodeString(said.Plaintext)
	if err != nil || len(secret) == 0 {
		return nil, errors.New("kms: decrypt: an answer without a plaintext")
	}
	return secret, nil
}

type kmsData struct {
	Plaintext  string `json:"plaintext"`
	Ciphertext string `json:"ciphertext"`
}

// ask sends one request. Neither the question nor the answer is ever repeated in an error.
func (k *KMS) ask(ctx context.Context, operation string, question map[string]string) (kmsData, error) {
	body, err := json.Marshal(question)
	if err != nil {
		return kmsData{}, fmt.Errorf("kms: %s: %w", operation, err)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, k.mount+"/"+operation+"/"+url.PathEscape(k.key), bytes.NewReader(body))
	if err != nil {
		return kmsData{}, fmt.Errorf("kms: %s: not an address", operation)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("X-Vault-Request", "true")
	request.Header.Set("X-Vault-Token", k.token.Reveal())
	response, err := k.client.Do(request)
	if err != nil {
		return kmsData{}, fmt.Errorf("kms: %s: no answer: %w", operation, err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return kmsData{}, fmt.Errorf("kms: %s: answered %d", operation, response.StatusCode)
	}
	var said struct {
		Data kmsData `json:"data"`
	}
	if err := json.NewDecoder(io.LimitReader(response.Body, kmsAnswer)).Decode(&said); err != nil {
		return kmsData{}, fmt.Errorf("kms: %s: not the answer that was expected", operation)
	}
	return said.Data, nil
}
