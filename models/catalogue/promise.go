package catalogue

import (
	"crypto/sha256"
	"encoding/hex"

	"onewindow/models"
)

// Promise is what is agreed to where notice-and-commitment may replace a paper.
type Promise struct {
	// Version names the text as it is shown: another text in any language has another version.
	Version string
	Text    models.Text
}

// versionLength is how much of the fingerprint names a text.
const versionLength = 12

// Promise gives the text that may be agreed to in place of the piece; nil where there is none.
func (m *ItemMaterial) Promise() *Promise {
	if len(m.Commitment) == 0 {
		return nil
	}
	sum := sha256.Sum256([]byte(m.Commitment.In(models.Chinese) + "\n" + m.Commitment.In(models.English)))
	return &Promise{Version: hex.EncodeToString(sum[:])[:versionLength], Text: m.Commitment}
}
