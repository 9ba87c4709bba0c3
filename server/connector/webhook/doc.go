// Package webhook signs and checks messages as the Standard Webhooks specification (v1) says: HMAC-SHA256 over
// "id.timestamp.body", carried in the headers webhook-id, webhook-timestamp and webhook-signature.
//
// What must always hold: a secret never prints as itself; signatures are compared in constant time; a message whose
// timestamp is more than five minutes off in either direction is refused, whatever its signature says. Timestamps are
// wall-clock time, also where a demonstration moves its own clock, because the other side knows nothing of that clock.
//
// Called by the connector in both directions and by the simulated departments.
package webhook
